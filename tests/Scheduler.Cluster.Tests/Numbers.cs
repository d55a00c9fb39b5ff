using System.Collections.Concurrent;

namespace Scheduler.Cluster.Tests;

/// <summary>A source in memory: every shard has the keys 1, 2, 3 … It tells which of them it has processed, and may take its time.</summary>
sealed class Numbers(long rows) : IPollingHandler<long>
{
    public ConcurrentQueue<(string Shard, long Key, long Token)> Seen { get; } = [];

    /// <summary>Called before a batch is processed.</summary>
    public Func<PollingShard, CancellationToken, Task> Process { get; set; } = (_, _) => Task.CompletedTask;

    public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds(Cursor.At(rows).Key));

    public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        var first = after.KeyAsInt64(0) + 1;
        return new([.. Enumerable.Range(0, limit).Select(index => first + index).TakeWhile(key => key <= rows)]);
    }

    public Cursor CursorOf(long row) => Cursor.At(row);

    public async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken)
    {
        await Process(shard, cancellationToken);
        foreach (var key in batch.Rows) Seen.Enqueue(($"{shard.Database}.{shard.Table}", key, batch.FencingToken));
        return RowFailure.None;
    }
}
