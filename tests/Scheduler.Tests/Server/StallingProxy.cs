using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.Server;

/// <summary>Hands bytes on between loopback ports, until it is told to keep them: then nobody hears of anybody, and no connection ends.</summary>
sealed class StallingProxy : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentBag<Task> work = [];
    readonly int target;
    volatile TaskCompletionSource open = Opened();

    public StallingProxy(int target)
    {
        this.target = target;
        listener.Start();
        work.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Stall() => open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        stop.Cancel();
        listener.Dispose();
        await Task.WhenAll(work);
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true) work.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        try
        {
            await open.Task.WaitAsync(stop.Token);
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            var (near, far) = (client.GetStream(), server.GetStream());
            await Task.WhenAny(HandOnAsync(near, far), HandOnAsync(far, near));
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or SocketException)
        {
            // Either end is gone, and so is the other.
        }
        finally
        {
            client.Dispose();
        }
    }

    async Task HandOnAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, stop.Token) is > 0 and var read)
        {
            await open.Task.WaitAsync(stop.Token);
            await to.WriteAsync(buffer.AsMemory(0, read), stop.Token);
        }
        await open.Task.WaitAsync(stop.Token); // an end is kept back like everything else
    }

    static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
