using Scheduler.Executions;
using Scheduler.Schedules;

namespace Scheduler.Tasks;

/// <summary>Which executions the occurrences of a schedule become that are due: one each, one for all that were missed, or a record of what was left out.</summary>
static class Firing
{
    const string MadeUpFor = "that are made up for";

    /// <summary>Whether an execution is the record of occurrences that were missed beyond the bound, and dropped.</summary>
    public static bool WereTooMany(ExecutionSeed record) => record.SkippedBecause?.EndsWith(MadeUpFor, StringComparison.Ordinal) == true;

    /// <summary>
    /// Decides on every occurrence that has started by <paramref name="at"/>, by the misfire policy where that was long ago. That is now, or a
    /// start that is to come: then nothing begins before.
    /// </summary>
    public static TaskState Fire(TaskState state, DateTimeOffset due, DateTimeOffset at, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        var schedule = state.Definition.Schedule!;
        var next = state;
        if (schedule.Delay is not null)
        {
            FireOne(due, null);
            return Due.Decided(next, now);
        }

        var except = Exclusions.Of(state.Calendars);
        var until = Jitter.Started(schedule, state.Id, state.CreatedAt, due, at, except);
        var inTime = at - limits.MisfireThreshold - (schedule.Jitter ?? TimeSpan.Zero);
        if (due >= inTime)
            FireEach(due, until, limits.CatchUp);
        else if (schedule.Misfire == MisfirePolicy.FireOnce)
            // With what is in time by now: under most overlap policies a run of its own would have to make way for this one, or wait for it.
            FireOne(Schedule.Latest(schedule, state.CreatedAt, due, until, except) ?? due, null, due);
        else
        {
            var missed = inTime.AddTicks(-1);
            if (schedule.Misfire == MisfirePolicy.CatchUp) FireEach(due, missed, Math.Min(schedule.CatchUp ?? limits.CatchUp, limits.CatchUp));
            else SkipAll(due, missed, "the misfire policy is skip");
            // The rest is late by less, and no policy's.
            if (Schedule.Next(schedule, state.CreatedAt, missed, except) is { } first && first <= until) FireEach(first, until, limits.CatchUp);
        }
        return next with { Watermark = until, NextAt = Schedule.Next(schedule, state.CreatedAt, until, except) };

        void FireOne(DateTimeOffset instant, string? skip, DateTimeOffset? since = null) =>
            next = OpenExecutions.Add(next, ExecutionId.OfOccurrence(state.Id, instant), TriggerKind.Schedule, null, instant, null, skip, now, limits, effects, missedSince: since < instant ? since : null, notBefore: at > now && at > instant ? at : null);

        // The stored instant fires even if the schedule, read anew, says otherwise.
        void FireEach(DateTimeOffset first, DateTimeOffset end, int most)
        {
            var later = Schedule.Last(schedule, state.CreatedAt, first, end, most, except);
            if (later.Count < most) FireOne(first, null);
            else SkipAll(first, later[0].AddTicks(-1), $"more were than the {most} {MadeUpFor}");
            foreach (var instant in later) FireOne(instant, null);
        }

        // One record stands for all that were dropped, so that it can be seen.
        void SkipAll(DateTimeOffset first, DateTimeOffset end, string because)
        {
            var last = Schedule.Latest(schedule, state.CreatedAt, first, end, except) ?? first;
            FireOne(last, $"occurrences from {first:O} to {last:O} were due while nobody could start them, and {because}", first);
        }
    }
}
