namespace Scheduler.Executions;

/// <summary>When an execution wants to be woken: for its next look at its shards, its timeout, its next attempt, or to give a run up.</summary>
static class WakeTime
{
    /// <summary>The state with the wake time that the rest of it asks for.</summary>
    public static ExecutionState Renewed(ExecutionState state)
    {
        var look = state.Seed.Polls && state.Status == ExecutionStatus.Running ? state.WakeAt : null;
        var timeout = state.Stopping == StopReason.None ? TimesOutAt(state) : null;
        var wake = Earliest(Earliest(look, timeout), Earliest(state.RetryAt, state.AbandonAt));
        return wake == state.WakeAt ? state : state with { WakeAt = wake };
    }

    /// <summary>When its time is over; null where nothing limits it, as where a limit that was stored earlier lies beyond the end of the calendar.</summary>
    public static DateTimeOffset? TimesOutAt(ExecutionState state) =>
        state is { StartedAt: { } started, Seed.Timeout: { } timeout } && timeout <= DateTimeOffset.MaxValue - started ? started + timeout : null;

    static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;
}
