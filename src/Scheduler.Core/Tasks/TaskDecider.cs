using System.Collections.Immutable;
using System.Diagnostics;
using Scheduler.Executions;
using Scheduler.Schedules;

namespace Scheduler.Tasks;

/// <summary>What a task does about everything that can happen to it.</summary>
public static class TaskDecider
{
    /// <summary>Decides. Pure: the same state and command give the same decision.</summary>
    public static Decision<TaskState, TaskEffect> Decide(TaskState state, TaskCommand command, TaskLimits limits) => (state.Status, command) switch
    {
        (ScheduledTaskStatus.None, TaskCommand.Create create) when create.SaidAt is { } said && create.Now - said > limits.WordLifetime => TooLate(state, said),
        (_, TaskCommand.Retry retry) when retry.SaidAt is { } said && retry.Now - said > limits.WordLifetime => TooLate(state, said),
        (_, TaskCommand.Trigger trigger) when trigger.SaidAt is { } said && trigger.Now - said > limits.WordLifetime => TooLate(state, said),
        (ScheduledTaskStatus.None, TaskCommand.Create create) => Born(state, create, limits),
        (_, TaskCommand.Create) => Ignored(state, "it exists"),
        (ScheduledTaskStatus.None, TaskCommand.Activated or TaskCommand.Woken or TaskCommand.ExecutionHeard or TaskCommand.CalendarsHeard) => Ignored(state, "there is no such task"),
        (ScheduledTaskStatus.Deleted, TaskCommand.CalendarsHeard) => Ignored(state, "the task has been deleted"),
        (ScheduledTaskStatus.None or ScheduledTaskStatus.Deleted, TaskCommand.Change or TaskCommand.Pause or TaskCommand.Resume or TaskCommand.Delete or TaskCommand.Trigger
            or TaskCommand.Retry or TaskCommand.Quarantine or TaskCommand.Release) =>
            Refused(state, SchedulerErrorKind.NotFound, "the task has been deleted"),

        (_, TaskCommand.Change change) => Change(state, change, limits),
        (_, TaskCommand.CalendarsHeard calendars) => Hear(state, calendars),

        (ScheduledTaskStatus.Paused, TaskCommand.Pause) => Ignored(state, "it is paused"),
        (_, TaskCommand.Pause pause) => Pause(state, pause, limits),
        (ScheduledTaskStatus.Enabled, TaskCommand.Resume) => Ignored(state, "it is enabled"),
        // What was due meanwhile is dropped: the schedule goes on from now.
        (_, TaskCommand.Resume resume) => new(Touched(state, resume.Now) with
        {
            Status = ScheduledTaskStatus.Enabled,
            NextAt = Due.From(state, resume.Now),
        }),

        (_, TaskCommand.Delete delete) => Delete(state, delete, limits),

        (_, TaskCommand.Trigger trigger) when state.Open.Any(open => open.Seed.Id == trigger.Execution) => Ignored(state, $"execution {trigger.Execution} is open"),
        (_, TaskCommand.Trigger { SeenSequence: { } seen }) when state.Sequence > seen => Ignored(state, "executions were made since its key was looked up: look again"),
        (_, TaskCommand.Trigger { Held: { } why }) => Refused(state, SchedulerErrorKind.Conflict, why),
        (_, TaskCommand.Trigger trigger) => Requests.Trigger(state, trigger, limits),

        (_, TaskCommand.Retry retry) when state.Open.Any(open => open.Seed.Id == retry.Execution) => Ignored(state, $"execution {retry.Execution} is open"),
        (_, TaskCommand.Retry { Held: { } why }) => Refused(state, SchedulerErrorKind.Conflict, why),
        (_, TaskCommand.Retry retry) => Requests.Retry(state, retry, limits),

        (_, TaskCommand.Quarantine quarantine) when state.Quarantined.Any(each => each.Database == quarantine.Database) => Ignored(state, $"database {quarantine.Database} is in quarantine"),
        (_, TaskCommand.Quarantine quarantine) => new(Touched(state, quarantine.Now) with { Quarantined = state.Quarantined.Add(new(quarantine.Database, quarantine.Now)) }),
        (_, TaskCommand.Release release) when !state.Quarantined.Any(each => each.Database == release.Database) => Ignored(state, $"database {release.Database} is not in quarantine"),
        (_, TaskCommand.Release release) => new(Touched(state, release.Now) with { Quarantined = state.Quarantined.RemoveAll(each => each.Database == release.Database) }),

        (_, TaskCommand.Activated activated) => LookAround(OpenExecutions.AskNow(state, activated.Now, limits), activated, limits),
        (_, TaskCommand.Woken woken) => LookAround(state, woken, limits),

        (_, TaskCommand.ExecutionHeard heard) => OpenExecutions.Heard(state, heard, limits),

        _ => throw new UnreachableException($"expected a command that a task knows, got {command.GetType().Name}"),
    };

    static Decision<TaskState, TaskEffect> Born(TaskState state, TaskCommand.Create create, TaskLimits limits)
    {
        var born = new TaskState
        {
            Id = state.Id,
            Tenant = create.Tenant,
            Definition = create.Definition,
            Revision = 1,
            Status = ScheduledTaskStatus.Enabled,
            CreatedAt = create.Now,
            UpdatedAt = create.Now,
            Calendars = create.Calendars,
            AskCalendarsAt = create.Calendars.IsEmpty ? null : create.Now + limits.AskAfter,
        };
        return WithShards(born with { NextAt = Due.First(born, after: null) });
    }

    static Decision<TaskState, TaskEffect> Change(TaskState state, TaskCommand.Change change, TaskLimits limits)
    {
        var (old, next) = (state.Definition, change.Definition);
        if (change.IfRevision is { } revision && revision != state.Revision)
            return Refused(state, SchedulerErrorKind.VersionMismatch, $"expected version {revision} of task \"{old.Name}\", it has version {state.Revision} by now");
        if (next.Handler.Kind != old.Handler.Kind)
            return Refused(state, SchedulerErrorKind.Conflict, $"handler: expected one of kind {Name(old.Handler.Kind)}, as the task has, got {Name(next.Handler.Kind)}; delete the task and make it anew");
        if (next.Name != old.Name)
            return Refused(state, SchedulerErrorKind.Conflict, $"name: expected \"{old.Name}\", got \"{next.Name}\"; a task keeps its name");
        if (!state.Open.IsEmpty && !SameShards(old.Handler.Shape?.Shards, next.Handler.Shape?.Shards))
            return Refused(state, SchedulerErrorKind.Conflict, $"handler.{Name(next.Handler.Kind)}.shards cannot change while execution {state.Open[0].Seed.Id} is open");

        if (next.Schedule?.At is { } at && at <= state.Watermark && !Due.SameTimes(old.Schedule, next.Schedule))
            return Refused(state, SchedulerErrorKind.Conflict, $"schedule.at: expected an instant after {WireText.Of(state.Watermark.Value)}, up to which the task's occurrences are decided on, got {WireText.Of(at)}; trigger the task to run it now");

        var changed = Touched(state, change.Now) with
        {
            Definition = next,
            AskCalendarsAt = change.Calendars.IsEmpty ? null : change.Now + limits.AskAfter,
            LastEndAt = old.Schedule?.Delay is null || next.Schedule?.Delay is null ? null : state.LastEndAt, // what becomes a delay is due at once
        };
        if (!Due.SameTimes(old.Schedule, next.Schedule))
        {
            changed = changed with { Calendars = change.Calendars };
            changed = changed with { NextAt = Due.First(changed, change.Now) };
        }
        else if (!SameCalendars(state.Calendars, change.Calendars)) changed = Due.Under(changed, change.Calendars, change.Now);
        List<TaskEffect> effects = next.Handler.Kind.Polls() ? [new TaskEffect.EnsureShards()] : [];
        return new(OpenExecutions.LetGo(changed, change.Now, limits, effects), effects); // more may go at once by now
    }

    static Decision<TaskState, TaskEffect> Hear(TaskState state, TaskCommand.CalendarsHeard heard)
    {
        var names = state.Definition.Schedule?.Calendars ?? [];
        // One that is gone is kept as it was: the task still names it.
        var known = names.Select(name => heard.Known.Concat(state.Calendars).Where(each => each.Name == name).MaxBy(each => each.Revision)).OfType<TaskCalendar>().ToImmutableArray();
        var next = heard.AreAll ? state with { AskCalendarsAt = null } : state;
        if (!SameCalendars(state.Calendars, known)) next = Due.Under(next, known, heard.Now);
        else if (state.AskCalendarsAt == next.AskCalendarsAt) return Ignored(state, "it knows them");
        return new(next);
    }

    /// <summary>What was fired ahead of its instant is taken back: nothing is to begin once the pause is known.</summary>
    static Decision<TaskState, TaskEffect> Pause(TaskState state, TaskCommand.Pause pause, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var paused = Touched(state, pause.Now) with { Status = ScheduledTaskStatus.Paused };
        return new(OpenExecutions.Cancel(paused, open => Ahead.IsAhead(open, pause.Now), "its task was paused before its instant came", pause.Now, limits, effects), effects);
    }

    static Decision<TaskState, TaskEffect> Delete(TaskState state, TaskCommand.Delete delete, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var deleted = Touched(state, delete.Now) with { Status = ScheduledTaskStatus.Deleted, NextAt = null, AskCalendarsAt = null };
        return delete.Mode == DeleteMode.Wait
            ? new(OpenExecutions.Cancel(deleted, open => !open.Go || Ahead.IsAhead(open, delete.Now), "its task was deleted before its turn came", delete.Now, limits, effects), effects)
            : new(OpenExecutions.Cancel(deleted, _ => true, "its task was deleted", delete.Now, limits, effects), effects);
    }

    /// <summary>Does whatever is due: occurrences, and questions after executions that have not answered.</summary>
    static Decision<TaskState, TaskEffect> LookAround(TaskState state, TaskCommand command, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var (next, now) = (state, command.Now);
        if (state.Status == ScheduledTaskStatus.Enabled && !state.IsFull && state.StartsAt <= now)
            next = command.Held is null ? Firing.Fire(state, state.NextAt!.Value, now, now, limits, effects)
                // As while the task itself is paused: what is due is dropped, one by one, so that no resume has to tell a million tasks.
                : Due.Dropped(state, now);
        else if (command is { Held: null, IsLimited: false } && Ahead.MayFire(state, limits) && state.StartsAt <= now + limits.FireAhead)
            next = Firing.Fire(state, state.NextAt!.Value, state.StartsAt.Value, now, limits, effects);
        next = OpenExecutions.AskAgain(next, now, limits, effects);
        if (next.AskCalendarsAt <= now)
        {
            next = next with { AskCalendarsAt = now + limits.AskAtMost };
            effects.Add(new TaskEffect.AskCalendars());
        }
        return ReferenceEquals(next, state) ? Ignored(state, "nothing is due") : new(next, effects);
    }

    static Decision<TaskState, TaskEffect> WithShards(TaskState state) =>
        state.Definition.Handler.Kind.Polls() ? new(state, new TaskEffect.EnsureShards()) : new(state);

    static TaskState Touched(TaskState state, DateTimeOffset now) => state with { Revision = state.Revision + 1, UpdatedAt = now };

    static bool SameCalendars(ImmutableArray<TaskCalendar> some, ImmutableArray<TaskCalendar> others) =>
        some.Length == others.Length && some.Zip(others).All(pair => pair.First.Name == pair.Second.Name && pair.First.Revision == pair.Second.Revision);

    static bool SameShards(ShardsDefinition? one, ShardsDefinition? other) =>
        one?.Databases == other?.Databases && one?.Tables == other?.Tables && (one?.List ?? []).SequenceEqual(other?.List ?? []);

    static Decision<TaskState, TaskEffect> TooLate(TaskState state, DateTimeOffset saidAt) =>
        Refused(state, SchedulerErrorKind.Unavailable, $"it was asked for at {saidAt:O} and came too late; ask again");

    static string Name(HandlerKind kind) => WireText.Of(kind);

    static Decision<TaskState, TaskEffect> Ignored(TaskState state, string reason) => new(state) { IgnoredBecause = reason };

    static Decision<TaskState, TaskEffect> Refused(TaskState state, SchedulerErrorKind kind, string message) => new(state) { Refused = new(kind, message) };
}
