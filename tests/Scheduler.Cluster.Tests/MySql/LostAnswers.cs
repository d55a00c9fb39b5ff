using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Scheduler.Cluster.Tests.MySql;

/// <summary>Stands between a client and a server, and once it is told, breaks the connection at the next commit: before the server hears of it, or after it has answered.</summary>
sealed class LostAnswers : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentBag<Task> work = [];
    readonly int target;
    volatile string? lose;

    public LostAnswers(int target)
    {
        this.target = target;
        listener.Start();
        work.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void LoseTheCommit() => lose = "commit";

    public void LoseItsAnswer() => lose = "answer";

    /// <summary>The answer comes never, and no connection ends.</summary>
    public void KeepItsAnswer() => lose = "silence";

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
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            var (near, far) = (client.GetStream(), server.GetStream());
            var silent = false;
            await Task.WhenAny(AskAsync(), AnswerAsync());

            async Task AskAsync()
            {
                var buffer = new byte[64 * 1024];
                while (await near.ReadAsync(buffer, stop.Token) is > 0 and var read)
                {
                    var what = Encoding.ASCII.GetString(buffer, 0, Math.Min(read, 32)).Contains("commit", StringComparison.OrdinalIgnoreCase) ? lose : null;
                    if (what is not null) lose = null;
                    if (what == "commit") return;
                    silent |= what is not null;
                    await far.WriteAsync(buffer.AsMemory(0, read), stop.Token);
                    if (what == "answer") await Task.Delay(500, stop.Token); // it answers meanwhile, into the void
                    if (what == "answer") return;
                }
            }

            async Task AnswerAsync()
            {
                var buffer = new byte[64 * 1024];
                while (await far.ReadAsync(buffer, stop.Token) is > 0 and var read)
                    if (!silent) await near.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            }
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
