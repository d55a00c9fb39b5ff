using Scheduler.Executions;

namespace Scheduler.Tasks;

/// <summary>Executions that somebody asks for, whatever the schedule says.</summary>
static class Requests
{
    /// <summary>Somebody wants one now.</summary>
    public static Decision<TaskState, TaskEffect> Trigger(TaskState state, TaskCommand.Trigger trigger, TaskLimits limits)
    {
        if (state.IsFull) return new(state) { Refused = new(SchedulerErrorKind.Unavailable, $"{state.Open.Length} executions of the task have not been heard of; ask again later") };
        if (trigger.ConcurrencyKey is not null && state.Definition.Concurrency?.Limit is null)
            return new(state) { Refused = new(SchedulerErrorKind.Conflict, "concurrencyKey: expected a task whose concurrency.limit says how many executions of a key may run at once, it has none") };
        List<TaskEffect> effects = [];
        // Without an idempotency key nobody asks again.
        var brought = trigger.SeenSequence is null ? null : new TriggerParts(trigger.Parameters is not null, trigger.ConcurrencyKey is not null);
        var next = OpenExecutions.Add(state, trigger.Execution, TriggerKind.Manual, trigger.By, WholeMilliseconds(trigger.Now), trigger.Parameters, null, trigger.Now, limits, effects,
            key: trigger.ConcurrencyKey, brought: brought);
        return new(next, effects);
    }

    /// <summary>Somebody wants one in another's place.</summary>
    public static Decision<TaskState, TaskEffect> Retry(TaskState state, TaskCommand.Retry retry, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var next = OpenExecutions.Add(state, retry.Execution, TriggerKind.Retry, retry.By, WholeMilliseconds(retry.Now), retry.Of.Parameters, null, retry.Now, limits, effects, retry.Of, key: retry.Of.ConcurrencyKey);
        return new(next, effects);
    }

    // As occurrences have: lists are filtered and ordered by them.
    static DateTimeOffset WholeMilliseconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
}
