namespace Scheduler.Executions;

/// <summary>The shards of a polling execution: what they are told, and what their counts say of the round.</summary>
static class Rounds
{
    /// <summary>A polling execution says again to its shards what they may not have heard.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Look(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        var round = state.Seed.Sequence;
        ExecutionEffect say = state.Stopping == StopReason.None ? new ExecutionEffect.StartShards(round) : new ExecutionEffect.CancelShards(round);
        return new(WakeTime.Renewed(state with { WakeAt = now + limits.SuperviseEvery }), say, new ExecutionEffect.CountShards(round)) { Lazy = true };
    }

    /// <summary>How its shards stand, and whether the round is over with it.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Counted(ExecutionState state, ExecutionCommand.ShardsCounted counted)
    {
        // Counted before the last one heard of the round, a shard that runs by now may be among those that were not in it.
        var shards = counted.Asked ? state.Judge(counted.Counts) : counted.Counts;
        // A polling task has a shard at least, unless none was discovered: they are still to be made, and started.
        if (shards.Total == 0 && !(counted.Asked && state.Probed) && state.Seed.RetriedRound is null && state.Stopping == StopReason.None) return new(state) { IgnoredBecause = "its shards have not been made yet" };
        var next = state with
        {
            Items = new(shards.Total, shards.Completed, shards.Running, shards.Failed + shards.Cancelled),
            Rows = counted.Rows,
        };
        if (shards.Idle + shards.Running > 0)
            return next == state ? new(state) { IgnoredBecause = "nothing has changed" } : new(next) { Lazy = true };
        if (state.Stopping != StopReason.None)
            return Endings.Stopped(next, counted.Now);
        return shards.Failed + shards.Cancelled > 0
            ? Endings.End(next with { Error = Unprocessed(shards) }, ExecutionStatus.Failed, counted.Now)
            : Endings.End(next, ExecutionStatus.Succeeded, counted.Now);
    }

    // Of a round that goes on a shard is cancelled for one reason only.
    static string Unprocessed(ShardCounts shards)
    {
        var failed = $"{shards.Failed} of {shards.Total} shards failed";
        var givenUp = $"{shards.Cancelled} of {shards.Total} shards were given up: the task was deleted while their databases were in quarantine";
        return shards.Cancelled == 0 ? failed : shards.Failed == 0 ? givenUp : $"{failed}, {givenUp}";
    }
}
