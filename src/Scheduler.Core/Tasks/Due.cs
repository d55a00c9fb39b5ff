using System.Collections.Immutable;
using Scheduler.Schedules;

namespace Scheduler.Tasks;

/// <summary>When a task is due next: what its schedule, its calendars and its executions say together.</summary>
static class Due
{
    /// <summary>The first occurrence of a schedule that the task has just got; the instant of one that names it may lie in the past, but none is decided on twice.</summary>
    public static DateTimeOffset? First(TaskState state, DateTimeOffset? after)
    {
        if (state.Definition.Schedule is { Delay: null, At: { } at } && !(at <= state.Watermark)) after = at - TimeSpan.FromTicks(1);
        return From(state, after ?? state.CreatedAt);
    }

    /// <summary>The first occurrence from now on: what was due before is dropped.</summary>
    public static DateTimeOffset? From(TaskState state, DateTimeOffset now) => state.Definition.Schedule switch
    {
        null => null,
        { Delay: { } delay } schedule => Delayed(state, schedule, delay, now),
        var schedule => Schedule.Next(schedule, state.CreatedAt, Latest(now, state.Watermark), Exclusions.Of(state.Calendars)),
    };

    /// <summary>An execution that runs was opened: of a delay nothing is due until it has ended.</summary>
    public static TaskState Opened(TaskState state) => state.Definition.Schedule?.Delay is null ? state : state with { NextAt = null };

    /// <summary>An execution that ran has ended: a delay is counted from there. Its clock may be ahead of this one's, and must not silence the task.</summary>
    public static TaskState Ended(TaskState state, DateTimeOffset endedAt, DateTimeOffset now)
    {
        if (state.Status == ScheduledTaskStatus.Deleted || state.Definition.Schedule is not { Delay: { } delay } schedule) return state;
        var ended = state with { LastEndAt = Latest(endedAt < now ? endedAt : now, state.LastEndAt) };
        return ended with { NextAt = Delayed(ended, schedule, delay, DateTimeOffset.MinValue) };
    }

    /// <summary>The occurrence of a delay was decided on; where it was skipped, no end is to be waited for.</summary>
    public static TaskState Decided(TaskState state, DateTimeOffset now)
    {
        var decided = state with { Watermark = now, NextAt = null };
        return IsOpen(decided) ? decided : Ended(decided, now, now);
    }

    /// <summary>Nothing of it may begin now: what is due is dropped, and a delay counted anew.</summary>
    public static TaskState Dropped(TaskState state, DateTimeOffset now)
    {
        var dropped = state with { Watermark = now };
        return state.Definition.Schedule?.Delay is null ? dropped with { NextAt = From(dropped, now) } : Ended(dropped, now, now);
    }

    /// <summary>The task goes by other calendars. What is due already stays due unless they exclude it.</summary>
    public static TaskState Under(TaskState state, ImmutableArray<TaskCalendar> calendars, DateTimeOffset now)
    {
        var under = state with { Calendars = calendars };
        if (state.Definition.Schedule is not { } schedule || state.Status == ScheduledTaskStatus.Deleted) return under;
        if (schedule.Delay is { } delay) return under with { NextAt = Delayed(under, schedule, delay, state.NextAt < now ? state.NextAt.Value : now) };

        var except = Exclusions.Of(calendars);
        var kept = state.NextAt is { } due && except.By(due) is not null ? Schedule.Next(schedule, state.CreatedAt, due, except) : state.NextAt;
        // What was left out may be due again, and earlier.
        return under with { NextAt = state.NextAt <= now ? kept : Earliest(kept, Schedule.Next(schedule, state.CreatedAt, Latest(now, state.Watermark), except)) };
    }

    /// <summary>Whether two schedules are due at the same times, their calendars apart.</summary>
    public static bool SameTimes(ScheduleDefinition? one, ScheduleDefinition? other) => one is null || other is null ? one == other
        : one with { Misfire = other.Misfire, CatchUp = other.CatchUp, Jitter = other.Jitter, Calendars = other.Calendars } == other;

    static DateTimeOffset? Delayed(TaskState state, ScheduleDefinition schedule, TimeSpan delay, DateTimeOffset earliest)
    {
        if (IsOpen(state)) return null;
        var at = Latest(state.LastEndAt is { } end ? end + delay : state.CreatedAt, schedule.StartAt);
        at = Latest(at, earliest);
        at = Occurrences.Up(Latest(at, state.Watermark?.AddTicks(1))); // an instant is decided once
        return Exclusions.Of(state.Calendars).FreeFrom(at) is { } free && !(Occurrences.Up(free) >= schedule.EndAt) ? Occurrences.Up(free) : null;
    }

    static bool IsOpen(TaskState state) => state.Open.Any(open => open.Seed.SkippedBecause is null);

    static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;
}
