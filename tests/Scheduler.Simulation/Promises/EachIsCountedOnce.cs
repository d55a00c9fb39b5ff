using Scheduler.Executions;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Every execution that has ended is counted once, at the latest before it is purged, whatever crashes.</summary>
sealed class EachIsCountedOnce : Promise
{
    HashSet<ExecutionId> counted = [];
    bool wasRestored;

    public override void Counted(ExecutionId execution) => Expect(counted.Add(execution) || wasRestored, execution.Value, () => "it was counted twice");

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        // An end is written long before its time is counted over.
        if (next.State is { HasEnded: true, EndedAt: { } ended } && old?.State.HasEnded != true)
            Expect(ended >= Store.RolledUntil, next.State.Id.Value, () => $"its end at {ended - World.Origin} was written when everything before {Store.RolledUntil - World.Origin} had been counted");
    }

    public override void Purged(Stored<ExecutionState> gone) => Expect(counted.Contains(gone.State.Id) || wasRestored, gone.State.Id.Value, () => "it was purged and never counted");

    public override void RolledBack() => (counted, wasRestored) = ([], true);

    public override void Ended()
    {
        if (wasRestored) return;
        Expect(Store.Counted == counted.Count, "", () => $"{counted.Count} executions were counted, the hours have {Store.Counted}");
    }
}
