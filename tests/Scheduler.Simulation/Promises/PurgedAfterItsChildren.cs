using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>History is purged only after its children are closed.</summary>
sealed class PurgedAfterItsChildren : Promise
{
    public override void Purged(Stored<ExecutionState> gone)
    {
        Expect(gone.State.HasEnded, gone.State.Id.Value, () => $"it was {gone.State.Status} and was purged");
        Expect(!Store.Shards.Values.Any(shard => shard.State.Execution == gone.State.Id && shard.State.Status == ShardStatus.Running), gone.State.Id.Value, () => "it was purged while shards run in it");
        Expect(!Store.Tasks.TryGetValue(gone.State.Seed.TaskId, out var task) || task.State.Open.All(open => open.Seed.Id != gone.State.Id), gone.State.Id.Value, () => "it was purged while its task waits for it");
    }

    public override void Purged(Stored<TaskState> gone)
    {
        Expect(gone.State.Status == ScheduledTaskStatus.Deleted, gone.State.Definition.Name, () => "it was purged alive");
        Expect(!Store.Executions.Values.Any(execution => execution.State.Seed.TaskId == gone.State.Id), gone.State.Definition.Name, () => "it was purged before its executions");
    }
}
