namespace Scheduler.Tasks;

/// <summary>
/// Occurrences that are decided on a moment before they start, so that what has to be durable is when their instant comes; until then their runs wait.
/// Only those are that would be decided on in the same way then.
/// </summary>
static class Ahead
{
    /// <summary>Whether the next occurrence may be decided on ahead of its start: it is code that waits for nobody.</summary>
    public static bool MayFire(TaskState state, TaskLimits limits) => limits.FireAhead > TimeSpan.Zero && state is
    {
        Status: ScheduledTaskStatus.Enabled, NextAt: not null, Open.IsEmpty: true,
        Definition: { Schedule.Delay: null, Concurrency: null or { Limit: null } },
    } && !state.Definition.Handler.Kind.Polls();

    /// <summary>When to wake the task where that is not too late: before it has to be.</summary>
    public static DateTimeOffset? WakeAt(TaskState state, TaskLimits limits)
    {
        var wake = state.WakeAt;
        return MayFire(state, limits) && state.StartsAt - limits.FireAhead is var early && early < wake ? early : wake;
    }

    /// <summary>Whether the execution is to begin at an instant that has not come.</summary>
    public static bool IsAhead(OpenExecution open, DateTimeOffset now) => open.Seed.BeginsAt > now;
}
