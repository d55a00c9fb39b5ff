using Scheduler.Definitions;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>A polling execution ends when its shards have: well only if all of them completed the round, and never while one runs in it.</summary>
sealed class ARoundEndsWithItsShards : Promise
{
    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        var execution = next.State;
        if (!execution.HasEnded || execution.Seed.Kind != HandlerKind.Polling || execution.Attempt == 0) return;
        var shards = Store.Shards.Values.Where(shard => shard.State.Key.TaskId == execution.Seed.TaskId).Select(shard => shard.State).ToArray();
        var runs = shards.FirstOrDefault(shard => shard.Round == execution.Seed.Sequence && shard.Status == ShardStatus.Running);
        Expect(runs is null, execution.Id.Value, () => $"it became {execution.Status}, and {runs!.Table} runs in its round");
        var open = shards.FirstOrDefault(shard => shard.Round == execution.Seed.Sequence ? shard.Status != ShardStatus.Completed : !execution.Probed);
        if (execution.Status == ExecutionStatus.Succeeded && Store.Tasks.TryGetValue(execution.Seed.TaskId, out var task))
        {
            var names = ShardPatterns.Expand(task.State.Definition.Handler.Polling!.Shards, Simulation.Limits.ShardsPerTask);
            var missing = names.FirstOrDefault(name => !shards.Any(shard => shard.Database == name.Database && shard.Table == name.Table));
            Expect(missing is null, execution.Id.Value, () => $"it succeeded, and has no shard for {missing}");
            var strange = shards.FirstOrDefault(shard => shard.Round == execution.Seed.Sequence && !names.Contains(new(shard.Database, shard.Table)));
            Expect(strange is null, execution.Id.Value, () => $"its round has {strange!.Database}.{strange.Table}, its definition has not");
        }
        Expect(open is null || execution.Status != ExecutionStatus.Succeeded, execution.Id.Value, () => $"it succeeded, and {open!.Table} is {open.Status} in round {open.Round}");
    }
}
