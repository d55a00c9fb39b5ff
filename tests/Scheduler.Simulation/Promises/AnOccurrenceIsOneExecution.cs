using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>
/// An occurrence creates exactly one execution record, on any number of nodes, and what was purged never comes back. A trigger's key is
/// free again when its execution is purged; whoever asks with it then gets a new number.
/// </summary>
sealed class AnOccurrenceIsOneExecution : Promise
{
    readonly Dictionary<ExecutionId, long> known = []; // and its number
    readonly Dictionary<ExecutionId, TimeSpan> purged = [], asked = [];
    readonly Dictionary<(long Task, long Sequence), ExecutionId> numbers = [];

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        if (old is not null) return;
        var seed = next.State.Seed;
        if (known.TryGetValue(seed.Id, out var before))
            Expect(seed.Trigger == TriggerKind.Manual && seed.Sequence > before && asked[seed.Id] >= purged[seed.Id], seed.Id.Value, () => $"number {before} of task {seed.TaskId} was purged and came back as number {seed.Sequence}");
        known[seed.Id] = seed.Sequence;
        Expect(numbers.TryAdd((seed.TaskId, seed.Sequence), seed.Id), seed.Id.Value, () => $"number {seed.Sequence} of task {seed.TaskId} belongs to execution {numbers[(seed.TaskId, seed.Sequence)]}");
    }

    public override void Purged(Stored<ExecutionState> gone) => purged[gone.State.Id] = Simulation.World.Elapsed;

    public override void Sent(Process process, string to, object command)
    {
        if (command is TaskCommand.Trigger trigger) asked[trigger.Execution] = Simulation.World.Elapsed;
    }

    public override void RolledBack()
    {
        known.Clear();
        numbers.Clear();
        foreach (var each in Store.Executions.Values) Written(null, each);
    }
}
