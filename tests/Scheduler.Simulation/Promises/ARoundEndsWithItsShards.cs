using Scheduler.Definitions;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>
/// A polling execution ends when its shards have: well only if all of them completed the round, and never while one runs in it. A shard that is
/// paused, or whose table is gone (or was, within the round), takes no part: no round waits for it, nor for one that was paused since the execution began and was resumed as it ended. The
/// retry of a round promises this of those shards only that it began again.
/// </summary>
sealed class ARoundEndsWithItsShards : Promise
{
    /// <summary>How long a count may be on its way to its execution, whose process may have been asleep.</summary>
    static readonly TimeSpan Latest = TimeSpan.FromSeconds(15);

    readonly Dictionary<ShardKey, TimeSpan> resumed = []; // when last
    readonly Dictionary<ShardKey, long> returned = []; // in which round

    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        if (old?.State.Status == ShardStatus.Gone) returned[next.State.Key] = next.State.Round;
        if (old?.State.Status == ShardStatus.Paused && next.State.Status != ShardStatus.Paused) resumed[next.State.Key] = Simulation.World.Elapsed;
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        var execution = next.State;
        if (!execution.HasEnded || execution.Seed.Kind != HandlerKind.Polling || execution.Attempt == 0) return;
        var shards = Store.Shards.Values.Where(shard => shard.State.Key.TaskId == execution.Seed.TaskId).Select(shard => shard.State).ToArray();
        var all = shards;
        // It was counted while they were paused.
        var apart = shards.Where(shard => shard.Status is ShardStatus.Paused or ShardStatus.Gone || (resumed.TryGetValue(shard.Key, out var at) && at >= Simulation.World.Elapsed - Latest)
            // It left and came back while its round was under way, and was looked for again after a crash: the next round runs it.
            || (shard.Round == execution.Seed.Sequence && returned.TryGetValue(shard.Key, out var round) && round == shard.Round)).Select(shard => shard.Key).ToHashSet();
        shards = [.. shards.Where(shard => !apart.Contains(shard.Key))];
        var runs = shards.FirstOrDefault(shard => shard.Round == execution.Seed.Sequence && shard.Status == ShardStatus.Running);
        Expect(runs is null, execution.Id.Value, () => $"it became {execution.Status}, and {runs!.Table} runs in its round");
        var open = shards.FirstOrDefault(shard => shard.Round == execution.Seed.Sequence ? shard.Status != ShardStatus.Completed : !execution.Probed && execution.Seed.RetriedRound is null);
        if (execution.Status == ExecutionStatus.Succeeded && Store.Tasks.TryGetValue(execution.Seed.TaskId, out var task) && task.State.Definition.Handler.Polling!.Shards.Discover is null)
        {
            var names = ShardPatterns.Expand(task.State.Definition.Handler.Polling!.Shards, Simulation.Limits.ShardsPerTask);
            var missing = names.FirstOrDefault(name => !all.Any(shard => shard.Database == name.Database && shard.Table == name.Table));
            Expect(missing is null, execution.Id.Value, () => $"it succeeded, and has no shard for {missing}");
            var strange = shards.FirstOrDefault(shard => shard.Round == execution.Seed.Sequence && !names.Contains(new(shard.Database, shard.Table)));
            Expect(strange is null, execution.Id.Value, () => $"its round has {strange!.Database}.{strange.Table}, its definition has not");
        }
        Expect(open is null || execution.Status != ExecutionStatus.Succeeded, execution.Id.Value, () => $"it succeeded, and {open!.Table} is {open.Status} in round {open.Round}");
    }
}
