using System.Diagnostics;
using Scheduler.Server.Demo.Screens;

namespace Scheduler.Server.Demo;

/// <summary>Follows a round through the scheduler's own client, as any program could.</summary>
sealed class RoundWatch(ISchedulerClient client, string task, DemoShape shape)
{
    /// <summary>Between two pictures: each reads all shards.</summary>
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks at the execution, which is one row.</summary>
    static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    readonly List<double> history = [];
    readonly Stopwatch sinceLast = new();
    long lastRows;

    /// <summary>Shows the round until its execution has ended.</summary>
    public async Task<ExecutionView> FollowAsync(string executionId, Action<RoundPicture> show, CancellationToken cancellationToken)
    {
        while (true)
        {
            var execution = await client.GetExecutionAsync(executionId, cancellationToken);
            var ended = execution.Status is not (ExecutionStatus.Waiting or ExecutionStatus.Running or ExecutionStatus.Retrying);
            if (ended || !sinceLast.IsRunning || sinceLast.Elapsed >= Interval) show(await LookAsync(cancellationToken));
            if (ended) return execution;
            await Task.Delay(Glance, cancellationToken);
        }
    }

    async Task<RoundPicture> LookAsync(CancellationToken cancellationToken)
    {
        var progress = await client.GetProgressAsync(task, cancellationToken);
        if (sinceLast.IsRunning) history.Add((progress.Rows - lastRows) / Math.Max(sinceLast.Elapsed.TotalSeconds, 0.001));
        (lastRows, var rate) = (progress.Rows, history.Count > 0 ? history[^1] : 0);
        sinceLast.Restart();
        var left = shape.TotalRows - progress.Rows;
        return new()
        {
            Shards = progress.Shards,
            Rows = progress.Rows,
            TotalRows = shape.TotalRows,
            RowsPerSecond = rate,
            Eta = left <= 0 ? TimeSpan.Zero : rate > 0 ? TimeSpan.FromSeconds(Math.Min(left / rate, TimeSpan.FromDays(365).TotalSeconds)) : null,
            History = history,
            Databases = await CellsAsync(progress.Round, cancellationToken),
        };
    }

    async Task<DatabaseCell[]> CellsAsync(long round, CancellationToken cancellationToken)
    {
        var rows = new long[shape.Databases];
        var failed = new bool[shape.Databases];
        var query = new ShardQuery { Limit = 1000 };
        do
        {
            var page = await client.ListShardsAsync(task, query, cancellationToken);
            foreach (var shard in page.Items.Where(shard => shard.Round == round))
            {
                var database = shape.IndexOfDatabase(shard.Database);
                rows[database] += shard.Rows;
                failed[database] |= shard.Status == ShardStatus.Failed;
            }
            query = query with { Cursor = page.Next };
        }
        while (query.Cursor is not null);
        return [.. rows.Zip(failed, (seen, bad) => new DatabaseCell((double)seen / shape.Tables / shape.Rows, bad))];
    }
}
