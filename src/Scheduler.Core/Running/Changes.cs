using Scheduler.Shards;

namespace Scheduler.Running;

/// <summary>What is asked of a source beside its rows.</summary>
static class Changes
{
    /// <summary>
    /// The highest key, and in the incremental modes the upper bound by the source's clock. A round that began over changes ends so,
    /// though the definition may say something else by now: its cursor stands in the order of time.
    /// </summary>
    /// <exception cref="NonRetryableException">The handler does not tell the source's clock.</exception>
    public static async ValueTask<(string? HighestKey, DateTimeOffset? Before)> BoundsAsync(this IPollingSource source, PollingShard shard, IPollingShape polling, bool incremental, CancellationToken stop)
    {
        var bounds = await source.BoundsAsync(shard, stop);
        if (polling.Mode == PollingMode.Full && !incremental) return (bounds.HighestKey, null);
        return bounds.SourceTime is { } time
            ? (bounds.HighestKey, Passes.Before(time, polling.Lag, bounds.Resolution))
            : throw new NonRetryableException("expected the source's clock (PollingBounds.SourceTime) for a pass over changes, got none");
    }

    /// <summary>Whether a shard has rows for an incremental round. It changes nothing.</summary>
    public static async ValueTask<bool> AnyAsync(this IPollingSource source, PollingShard shard, IPollingShape polling, ShardState state, CancellationToken stop)
    {
        var entered = Passes.Begin(state, polling.Mode);
        var (highest, before) = await source.BoundsAsync(shard, polling, entered.Incremental, stop);
        return (await source.QueryAsync(shard, entered.Cursor, Passes.Bound(entered, highest, before), 1, stop)).Count > 0;
    }
}
