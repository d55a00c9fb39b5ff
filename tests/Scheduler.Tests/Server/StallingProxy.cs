using System.Net.Sockets;

namespace Scheduler.Tests.Server;

/// <summary>Hands bytes on between loopback ports, until it is told to keep them: then nobody hears of anybody, and no connection ends.</summary>
sealed class StallingProxy : LoopbackProxy
{
    volatile TaskCompletionSource open = Opened();

    public StallingProxy(int target) : base(target) => Accept();

    public void Stall() => open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => open.TrySetResult();

    protected override Task AdmitAsync() => open.Task.WaitAsync(Stop);

    protected override Task HandOnAsync(NetworkStream near, NetworkStream far) => Task.WhenAny(OneWayAsync(near, far), OneWayAsync(far, near));

    async Task OneWayAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, Stop) is > 0 and var read)
        {
            await open.Task.WaitAsync(Stop);
            await to.WriteAsync(buffer.AsMemory(0, read), Stop);
        }
        await open.Task.WaitAsync(Stop); // an end is kept back like everything else
    }

    static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
