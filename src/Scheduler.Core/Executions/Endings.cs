namespace Scheduler.Executions;

/// <summary>How an execution comes to its end: at once where nothing runs, else when that has stopped.</summary>
static class Endings
{
    /// <summary>Stops what runs; it has ended when that has stopped, or is given up.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Begin(ExecutionState state, StopReason reason, DateTimeOffset now, ExecutionLimits limits)
    {
        var stopping = state with { Stopping = reason };
        return stopping switch
        {
            { Status: ExecutionStatus.Retrying } or { Status: ExecutionStatus.Waiting, Attempt: 0 } => Stopped(stopping, now),
            { Seed.Polls: true } => new(WakeTime.Renewed(stopping with { WakeAt = now + limits.StopGrace }), new ExecutionEffect.CancelShards(state.Seed.Sequence)),
            _ => new(WakeTime.Renewed(stopping with { AbandonAt = now + limits.StopGrace }), new ExecutionEffect.StopRun(state.FencingToken)),
        };
    }

    /// <summary>What was to stop has.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Stopped(ExecutionState state, DateTimeOffset now) =>
        End(state, state.Stopping == StopReason.TimedOut ? ExecutionStatus.TimedOut : ExecutionStatus.Cancelled, now);

    /// <summary>Whoever waits for it is told.</summary>
    public static Decision<ExecutionState, ExecutionEffect> End(ExecutionState state, ExecutionStatus outcome, DateTimeOffset now) =>
        new(state with { Status = outcome, EndedAt = now, WakeAt = null, RetryAt = null, AbandonAt = null, Stopping = StopReason.None },
            state.Admission == Admission.None
                ? [new ExecutionEffect.TellTask(state.Seed.TaskId, outcome)]
                : [new ExecutionEffect.TellTask(state.Seed.TaskId, outcome), new ExecutionEffect.LeaveTenant(new(state.Seed.Tenant))]);
}
