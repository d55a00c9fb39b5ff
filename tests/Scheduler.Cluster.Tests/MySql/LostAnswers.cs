using System.Net.Sockets;
using System.Text;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.MySql;

/// <summary>Stands between a client and a server, and once it is told, breaks the connection at the next commit: before the server hears of it, or after it has answered.</summary>
sealed class LostAnswers : LoopbackProxy
{
    volatile string? lose;

    public LostAnswers(int target) : base(target) => Accept();

    public void LoseTheCommit() => lose = "commit";

    public void LoseItsAnswer() => lose = "answer";

    /// <summary>The answer comes never, and no connection ends.</summary>
    public void KeepItsAnswer() => lose = "silence";

    protected override async Task HandOnAsync(NetworkStream near, NetworkStream far)
    {
        var silent = false;
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.WhenAny(AskAsync(), AnswerAsync());

        async Task AskAsync()
        {
            var buffer = new byte[64 * 1024];
            while (await near.ReadAsync(buffer, Stop) is > 0 and var read)
            {
                var what = Encoding.ASCII.GetString(buffer, 0, Math.Min(read, 32)).Contains("commit", StringComparison.OrdinalIgnoreCase) ? lose : null;
                if (what is not null) lose = null;
                if (what == "commit") return;
                silent |= what is not null;
                await far.WriteAsync(buffer.AsMemory(0, read), Stop);
                if (what != "answer") continue;
                await answered.Task.WaitAsync(Stop); // into the void
                return;
            }
        }

        async Task AnswerAsync()
        {
            var buffer = new byte[64 * 1024];
            while (await far.ReadAsync(buffer, Stop) is > 0 and var read)
            {
                if (silent) answered.TrySetResult();
                else await near.WriteAsync(buffer.AsMemory(0, read), Stop);
            }
        }
    }
}
