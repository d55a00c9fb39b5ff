using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A state is durable under its next version before any effect leaves.</summary>
sealed class DurableBeforeItIsTold : Promise
{
    readonly HashSet<ExecutionId> existed = [];

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) => existed.Add(next.State.Id);

    public override void Sent(Process process, string to, object command)
    {
        switch (command)
        {
            case ExecutionCommand.Create { Seed: var seed }:
                Expect(!Store.Tasks.TryGetValue(seed.TaskId, out var task) || task.State.Sequence >= seed.Sequence, seed.Id.Value, () => $"{process} creates number {seed.Sequence}, the task has got to {task!.State.Sequence}");
                break;
            case TaskCommand.ExecutionHeard heard:
                Expect(existed.Contains(heard.Execution), heard.Execution.Value, () => $"{process} tells of an execution that was never stored");
                if (HasEnded(heard.Status) && Store.Executions.TryGetValue(heard.Execution, out var ended))
                    Expect(ended.State.Status == heard.Status, heard.Execution.Value, () => $"{process} tells that it is {heard.Status}, it is {ended.State.Status}");
                break;
            case ExecutionCommand.ShardEnded:
                var rounds = Store.Shards.Values.Where(shard => to.EndsWith(shard.State.Execution.Value ?? "none", StringComparison.Ordinal)).ToArray();
                Expect(rounds.Length == 0 || rounds.Any(shard => shard.State.Status != ShardStatus.Running), to, () => $"{process} tells that a shard has ended, all of them run");
                break;
            case ShardCommand.Start start:
                Expect(existed.Contains(start.Execution), start.Execution.Value, () => $"{process} starts round {start.Round} of an execution that was never stored");
                break;
            case ShardCommand.Cancel cancel:
                if (Store.Executions.TryGetValue(cancel.Execution, out var stopping))
                    Expect(stopping.State.HasEnded || stopping.State.Stopping != StopReason.None || IsForsaken(Store, to), cancel.Execution.Value, () => $"{process} cancels shards of an execution that is not to stop");
                break;
        }
    }

    public override void CodeBegan(Call call)
    {
        if (!Simulation.TokenOf(call.Entity, out var token)) return;
        Expect(token >= call.Token, call.Entity, () => $"user code runs under token {call.Token} on {call.Process}, the store has {token}");
    }

    /// <summary>Whether the shard waits for a database that nobody can release, since its task has been deleted.</summary>
    public static bool IsForsaken(FakeStore store, string shard) =>
        store.Shards.Values.Any(each => $"shard {each.State.Key.TaskId}/{each.State.Key.ShardId}" == shard && IsForsaken(store, each.State));

    /// <inheritdoc cref="IsForsaken(FakeStore, string)"/>
    public static bool IsForsaken(FakeStore store, ShardState shard) => store.Tasks.TryGetValue(shard.Key.TaskId, out var task)
        && task.State.Status == ScheduledTaskStatus.Deleted && task.State.Quarantined.Any(each => each.Database == shard.Database);

    static bool HasEnded(ExecutionStatus status) => status >= ExecutionStatus.Succeeded;
}
