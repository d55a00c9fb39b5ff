namespace Scheduler.Shards;

/// <summary>What kind of pass a round makes over a shard, and how far it goes.</summary>
public static class Passes
{
    /// <summary>Whether a shard's next round reads what changed: in full then incremental mode once a full pass has ended that knew where to hand over.</summary>
    public static bool IsIncremental(ShardState state, PollingMode mode) =>
        mode == PollingMode.Incremental || (mode == PollingMode.FullThenIncremental && (state.RewindTo is { } place ? place.From is not null : state.Incremental || HandsOver(state)));

    /// <summary>The pass's bounds, once they are fixed; null before.</summary>
    public static PollingPass? Of(ShardState state) => state.Bounded ? Bound(state, state.HighestKey, state.Before) : null;

    /// <summary>The bounds of the pass that the shard is in.</summary>
    internal static PollingPass Bound(ShardState state, string? highestKey, DateTimeOffset? before) =>
        state.Incremental ? new(highestKey, before, state.From) : new(highestKey);

    /// <summary>The upper bound of a pass: the source's clock less the lag, floored to the column's resolution, so that no row can come to stand in a step that was read.</summary>
    /// <param name="sourceTime">The source's clock.</param>
    /// <param name="lag">Zero or more.</param>
    /// <param name="resolution">The time column's steps; zero: 100 ns.</param>
    public static DateTimeOffset Before(DateTimeOffset sourceTime, TimeSpan lag, TimeSpan resolution)
    {
        var ticks = (sourceTime - lag).UtcTicks;
        return new(ticks - ticks % Math.Max(1, resolution.Ticks), TimeSpan.Zero);
    }

    /// <summary>The state in which a round's pass begins. A null mode: the round is over before it begins, and whatever comes next goes on as it would have.</summary>
    internal static ShardState Begin(ShardState state, PollingMode? mode)
    {
        if (mode is { } wanted && state.RewindTo is { } place)
            return IsIncremental(state, wanted)
                ? state with { RewindTo = null, Incremental = true, Cursor = Cursor.Start, From = place.From, Before = null }
                : state with { RewindTo = null, Incremental = false, Cursor = new(null, place.Key), From = null, Before = null };
        if (mode is { } kind ? !IsIncremental(state, kind) : !state.Incremental && !HandsOver(state))
            return state with { Incremental = false, Cursor = Cursor.Start, From = null, Before = null };
        // What was polled in full only, without a handover, is read from the first change on.
        return state.Incremental ? state : state with { Incremental = true, Cursor = Cursor.Start, From = HandsOver(state) ? state.Before : null, Before = null };
    }

    // A full pass that ended otherwise has forgotten its handover.
    static bool HandsOver(ShardState state) => state is { Incremental: false, Before: not null } && state.Status != ShardStatus.Running;
}
