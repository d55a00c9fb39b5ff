using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Which commands came to which states, how often.</summary>
sealed class CoverageMap
{
    readonly Dictionary<(string Entity, string State, string Command), long> reached = [];

    public IReadOnlyDictionary<(string Entity, string State, string Command), long> Reached => reached;

    public Deciders Watch(Deciders deciders) => new(
        (state, command) => { Count("task", state.Status.ToString(), command); return deciders.Task(state, command); },
        (state, command) => { Count("execution", state.Status.ToString(), command); return deciders.Execution(state, command); },
        (state, command) => { Count("shard", state.Status.ToString(), command); return deciders.Shard(state, command); });

    public void Add(CoverageMap other)
    {
        foreach (var (cell, count) in other.reached) reached[cell] = reached.GetValueOrDefault(cell) + count;
    }

    void Count(string entity, string state, object command)
    {
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(reached, (entity, state, command.GetType().Name), out _);
        count++;
    }
}
