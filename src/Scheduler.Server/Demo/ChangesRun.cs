using System.Diagnostics;
using Scheduler.Server.Demo.Screens;

namespace Scheduler.Server.Demo;

/// <summary>Rounds over what changes, while it changes; then as many as it takes until everything has rested for the lag and was looked at.</summary>
sealed class ChangesRun(ISchedulerClient client, string task, Writer writer, TimeSpan lag)
{
    /// <summary>Between two rounds.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public async Task<ChangesPicture> RunAsync(TimeSpan duration, Action<ChangesPicture> show, CancellationToken cancellationToken)
    {
        foreach (var open in (await client.GetTaskAsync(task, cancellationToken)).OpenExecutions) await EndAsync(open, cancellationToken); // an earlier process was killed in it

        var clock = Stopwatch.StartNew();
        var writing = writer.RunAsync(duration, cancellationToken);
        TimeSpan? rested = null; // when all that was written has rested for the lag
        var picture = new ChangesPicture(0, 0, 0, null, TimeSpan.Zero, duration);
        while (true)
        {
            if (writing.IsCompleted)
            {
                await writing;
                rested ??= clock.Elapsed + lag + TimeSpan.FromMilliseconds(50);
            }
            var isLast = rested < clock.Elapsed;
            var round = await EndAsync((await client.TriggerTaskAsync(task, new() { By = "demo" }, cancellationToken)).ExecutionId, cancellationToken);
            if (round.Status != ExecutionStatus.Succeeded) throw new DemoException($"A round over changes ended as {round.Status}: {round.Error ?? "no reason was given"}", ExitCode.Failed);
            var now = (await client.GetProgressAsync(task, cancellationToken)).Lag;
            picture = new(picture.Rounds + 1, writer.Written, picture.Seen + round.Rows, now, now > picture.LongestLag ? now.Value : picture.LongestLag, duration - clock.Elapsed);
            show(picture);
            if (isLast) return picture;
            await Task.Delay(Pause, cancellationToken);
        }
    }

    async Task<ExecutionView> EndAsync(string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var execution = await client.GetExecutionAsync(id, cancellationToken);
            if (execution.Status is not (ExecutionStatus.Waiting or ExecutionStatus.Running or ExecutionStatus.Retrying)) return execution;
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }
}
