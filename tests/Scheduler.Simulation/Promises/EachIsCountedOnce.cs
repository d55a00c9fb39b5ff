using Scheduler.Executions;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Every execution that has ended is counted once, at the latest before it is purged, whatever crashes.</summary>
sealed class EachIsCountedOnce : Promise
{
    readonly HashSet<ExecutionId> counted = []; // and not purged: a trigger's key that is used again then makes an execution of the same id
    long all;
    bool wasRestored;

    public override void Counted(ExecutionId execution)
    {
        Expect(counted.Add(execution) || wasRestored, execution.Value, () => "it was counted twice");
        all++;
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        // An end is written long before its time is counted over.
        if (next.State is { HasEnded: true, EndedAt: { } ended } && old?.State.HasEnded != true)
            Expect(ended >= Store.RolledUntil, next.State.Id.Value, () => $"its end at {ended - World.Origin} was written when everything before {Store.RolledUntil - World.Origin} had been counted");
    }

    public override void Purged(Stored<ExecutionState> gone) => Expect(counted.Remove(gone.State.Id) || wasRestored, gone.State.Id.Value, () => "it was purged and never counted");

    public override void RolledBack() => wasRestored = true;

    public override void Ended()
    {
        if (wasRestored) return;
        Expect(Store.Counted == all, "", () => $"{all} executions were counted, the hours have {Store.Counted}");
    }
}
