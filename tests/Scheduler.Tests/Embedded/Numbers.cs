using System.Collections.Concurrent;

namespace Scheduler.Tests.Embedded;

/// <summary>A source in memory: every shard has the keys 1, 2, 3 … It tells what was asked of it, and does what a test says.</summary>
sealed class Numbers(int rows) : IPollingHandler<long>
{
    public ConcurrentQueue<(string Shard, long Key, long Token, int Attempt)> Seen { get; } = [];

    public ConcurrentQueue<(string Shard, Cursor After)> Queries { get; } = [];

    /// <summary>Called before a batch is processed; what it returns are the keys that fail.</summary>
    public Func<PollingShard, PollingBatch<long>, CancellationToken, Task<IEnumerable<long>>> Process { get; set; } = (_, _, _) => Task.FromResult<IEnumerable<long>>([]);

    public Action<PollingShard> Query { get; set; } = _ => { };

    public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds(rows == 0 ? null : rows.ToString()));

    public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        Queries.Enqueue((Name(shard), after));
        Query(shard);
        var first = after.KeyAsInt64(before: 0) + 1;
        var last = Math.Min(first + limit - 1, pass.HighestKey is null ? 0 : long.Parse(pass.HighestKey));
        List<long> keys = [];
        for (var key = first; key <= last; key++) keys.Add(key);
        return new(keys);
    }

    public Cursor CursorOf(long row) => Cursor.At(row);

    public async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken)
    {
        var failing = (await Process(shard, batch, cancellationToken)).ToHashSet();
        List<RowFailure> failures = [];
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            if (failing.Contains(batch.Rows[i])) failures.Add(new(i, $"number {batch.Rows[i]} is not wanted"));
            else Seen.Enqueue((Name(shard), batch.Rows[i], batch.FencingToken, batch.Attempt));
        }
        return failures;
    }

    static string Name(PollingShard shard) => $"{shard.Database}.{shard.Table}";
}
