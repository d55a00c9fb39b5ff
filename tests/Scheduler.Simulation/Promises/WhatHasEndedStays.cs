using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>An execution that has ended never changes: what was accepted as its result is the only one.</summary>
sealed class WhatHasEndedStays : Promise
{
    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) =>
        Expect(old is not { State.HasEnded: true }, next.State.Id.Value, () => $"it had ended ({old!.State.Status}) and became {next.State.Status}");
}
