using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.Server;

/// <summary>Stands between clients and a server on loopback; what becomes of the bytes is for those who inherit from it.</summary>
abstract class LoopbackProxy : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentBag<Task> work = [];
    readonly int target;

    protected LoopbackProxy(int target)
    {
        this.target = target;
        listener.Start();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The test is over.</summary>
    protected CancellationToken Stop => stop.Token;

    public async ValueTask DisposeAsync()
    {
        stop.Cancel();
        listener.Dispose();
        await Task.WhenAll(work);
    }

    /// <summary>Begins; once whoever inherits is made.</summary>
    protected void Accept() => work.Add(AcceptAsync());

    /// <summary>Ends when the server may be connected to for a client.</summary>
    protected virtual Task AdmitAsync() => Task.CompletedTask;

    /// <summary>Hands bytes on between a client and the server. When it ends, both connections do.</summary>
    protected abstract Task HandOnAsync(NetworkStream near, NetworkStream far);

    async Task AcceptAsync()
    {
        try
        {
            while (true) work.Add(ServeAsync(await listener.AcceptTcpClientAsync(Stop)));
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
            await AdmitAsync();
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, target, Stop);
            await HandOnAsync(client.GetStream(), server.GetStream());
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
}
