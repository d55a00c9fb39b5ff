using System.Globalization;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Schedules;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>
/// As long as nobody changes a task, every occurrence of its schedule, counted here anew from the definition, is one execution's: its own, or one that
/// says since when it stands for those that were missed. None is made that is excluded, before its time, or within the delay after an end. What is due while its tenant is paused is dropped.
/// </summary>
sealed class EachOccurrenceHasOneRecord : Promise
{
    static readonly TimeSpan Skew = Clock.MostAhead + TimeSpan.FromMilliseconds(200);

    /// <summary>Nodes read with their beats who is paused; one that was cut off, or asleep, goes by what it knew.</summary>
    static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(15);

    readonly Dictionary<long, DateTimeOffset> ends = [];
    readonly Dictionary<TenantName, TimeSpan> held = [];

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        var (state, task) = (next.State, next.State.Seed.TaskId);
        // A delay is counted from ends since the task has one.
        if (Store.Tasks.GetValueOrDefault(task)?.State.Definition.Schedule?.Delay is null) ends.Remove(task);
        else if (state.EndedAt is { } end && state.Seed.SkippedBecause is null && !(end <= ends.GetValueOrDefault(task))) ends[task] = end;
    }

    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        var (before, after) = (old?.State, next.State);
        if (after.Definition.Schedule is not { } schedule || after.Status == ScheduledTaskStatus.Deleted) return;
        var name = after.Definition.Name;
        if (schedule.Delay is not null && schedule.EndAt is null)
            Expect(after.NextAt is not null || after.Open.Any(open => open.Seed.SkippedBecause is null), name, () => "no execution is open, and its delay is counted no more");
        // Changes by people, and of calendars, may come within the same write.
        if (before is null || before.Revision != after.Revision || !before.Calendars.Select(each => each.Revision).SequenceEqual(after.Calendars.Select(each => each.Revision))) return;

        var opened = after.Open.Select(open => open.Seed).Where(seed => seed.Sequence > before.Sequence && seed.Trigger == TriggerKind.Schedule).ToArray();
        foreach (var seed in opened)
        {
            Expect(Excluded(after, seed.ScheduledAt) is not { } by, seed.Id.Value, () => $"the occurrence at {seed.ScheduledAt:O} is excluded by {Excluded(after, seed.ScheduledAt)}");
            Expect(seed.SkippedBecause is not null || Jitter.StartOf(after.Id, seed.ScheduledAt, schedule.Jitter) <= Simulation.World.Now + Skew + Simulation.Limits.Tasks.FireAhead, seed.Id.Value, () => $"it is made at {Simulation.World.Now:O}, before {Jitter.StartOf(after.Id, seed.ScheduledAt, schedule.Jitter):O}");
            if (schedule.Delay is { } delay && before.LastEndAt is not null && before.Definition.Schedule?.Delay is not null && ends.TryGetValue(after.Id, out var ended))
                Expect(seed.ScheduledAt >= ended + delay - Skew, seed.Id.Value, () => $"it is due at {seed.ScheduledAt:O}, the last execution ended at {ended:O}");
        }
        if (schedule.Delay is not null || before.NextAt is not { } first || Recount(after, schedule) is not { } isDue) return;

        var until = after.Watermark == before.Watermark ? first.AddTicks(-1) : after.Watermark!.Value;
        // Each record takes its own; what is left over was lost, what is taken twice was doubled.
        var missing = Instants(first, until, isDue).ToHashSet();
        foreach (var seed in opened)
            foreach (var instant in Instants(seed.MissedSince ?? seed.ScheduledAt, seed.ScheduledAt, isDue))
                Expect(missing.Remove(instant), seed.Id.Value, () => $"the occurrence at {instant:O} has another record already, or was due at no time");
        Expect(missing.Count == 0 || (opened.Length == 0 && IsHeld(after.Tenant)), name, () => $"the occurrence at {missing.Min():O} has no record, and it is decided up to {until:O}");
        if (schedule.EndAt is null) Expect(after.NextAt == Instants(until.AddTicks(1), until.AddMinutes(3), isDue).Cast<DateTimeOffset?>().FirstOrDefault(), name, () => $"it is decided up to {until:O}, and due next at {after.NextAt:O}");
    }

    public override void Written(Stored<TenantState>? old, Stored<TenantState> next)
    {
        if (old?.State.Status == TenantStatus.Paused || next.State.Status == TenantStatus.Paused) held[next.State.Name] = Simulation.World.Elapsed;
    }

    /// <summary>Whether a node may take the tenant, or everything, for paused: what is due meanwhile is dropped.</summary>
    bool IsHeld(string tenant) => new[] { new TenantName(tenant), TenantName.Everything }.Any(name =>
        (Store.Tenants.TryGetValue(name.Value, out var known) && known.State.Status == TenantStatus.Paused) || (held.TryGetValue(name, out var at) && Simulation.World.Elapsed - at < HeardWithin));

    /// <summary>Whether an instant is an occurrence; null where the schedule is none that is counted anew.</summary>
    Func<DateTimeOffset, bool>? Recount(TaskState task, ScheduleDefinition schedule)
    {
        var start = schedule.StartAt is { } given ? Whole(given.AddTicks(TimeSpan.TicksPerMillisecond - 1)) : Whole(task.CreatedAt);
        Func<DateTimeOffset, bool>? kind = schedule switch
        {
            { Every: { } every } => at => (at - start).Ticks % every.Ticks == 0 && (schedule.StartAt is null ? at > start : at >= start),
            { Cron: "*/5 * * * * ?" } => at => at.UtcTicks % (5 * TimeSpan.TicksPerSecond) == 0,
            { Cron: "0/3 * * * * ?" } => at => at.UtcTicks % (3 * TimeSpan.TicksPerSecond) == 0,
            { Cron: "0 * * * * ?" } => at => at.UtcTicks % TimeSpan.TicksPerMinute == 0,
            _ => null,
        };
        return kind is null ? null : at => kind(at) && !(at >= schedule.EndAt) && !(at < schedule.StartAt) && Excluded(task, at) is null;
    }

    /// <summary>Every millisecond is looked at; of crons every second.</summary>
    static IEnumerable<DateTimeOffset> Instants(DateTimeOffset from, DateTimeOffset until, Func<DateTimeOffset, bool> isDue)
    {
        for (var at = Whole(from.AddTicks(TimeSpan.TicksPerMillisecond - 1)); at <= until; at = at.AddMilliseconds(1))
            if (isDue(at)) yield return at;
    }

    /// <summary>The calendars here have windows of each day, and no dates that come.</summary>
    static string? Excluded(TaskState task, DateTimeOffset at) => task.Calendars.FirstOrDefault(calendar => calendar.Definition.Weekly?.Any(window =>
    {
        var (from, to) = (TimeSpan.Parse(window.From, CultureInfo.InvariantCulture), TimeSpan.Parse(window.To, CultureInfo.InvariantCulture));
        return from < to ? at.TimeOfDay >= from && at.TimeOfDay < to : at.TimeOfDay >= from || at.TimeOfDay < to;
    }) == true)?.Name;

    static DateTimeOffset Whole(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    public override void RolledBack() => ends.Clear();

    public override void Ended()
    {
        foreach (var task in Store.Tasks.Values.Select(each => each.State).Where(each => each.Status != ScheduledTaskStatus.Deleted))
            foreach (var calendar in task.Calendars)
                if (Store.Calendars.TryGetValue((task.Tenant, calendar.Name), out var latest) && latest.Definition is not null)
                    Expect(calendar.Revision == latest.Revision, task.Definition.Name, () => $"it goes by revision {calendar.Revision} of calendar {calendar.Name}, which has revision {latest.Revision} by now");
    }
}
