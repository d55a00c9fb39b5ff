using System.Collections.Immutable;
using System.Diagnostics;
using Scheduler.Executions;
using Scheduler.Schedules;

namespace Scheduler.Tasks;

/// <summary>The bounds that a task's decisions know.</summary>
public sealed record TaskLimits
{
    /// <summary>Open executions that a task may have, those that wait for their turn included.</summary>
    public int OpenExecutions { get; init; } = 100;

    /// <summary>Missed occurrences that <see cref="MisfirePolicy.CatchUp"/> makes up for; the latest are kept.</summary>
    public int CatchUp
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(CatchUp), value, "expected 1 or more: an occurrence in time is one of them");
    } = 100;

    /// <summary>How late an occurrence may be before its misfire policy holds.</summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The wait before an execution that has not answered is told again; doubles up to <see cref="AskAtMost"/>.</summary>
    public TimeSpan AskAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How old a word that makes a task or an execution may be. History is kept longer, so that nothing late brings it back.</summary>
    public TimeSpan WordLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The longest wait between two questions after an execution.</summary>
    public TimeSpan AskAtMost { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>What a task does about everything that can happen to it.</summary>
public static class TaskDecider
{
    /// <summary>Decides. Pure: the same state and command give the same decision.</summary>
    public static Decision<TaskState, TaskEffect> Decide(TaskState state, TaskCommand command, TaskLimits limits) => (state.Status, command) switch
    {
        (ScheduledTaskStatus.None, TaskCommand.Create create) when create.SaidAt is { } said && create.Now - said > limits.WordLifetime => TooLate(state, said),
        (_, TaskCommand.Retry retry) when retry.SaidAt is { } said && retry.Now - said > limits.WordLifetime => TooLate(state, said),
        (_, TaskCommand.Trigger trigger) when trigger.SaidAt is { } said && trigger.Now - said > limits.WordLifetime => TooLate(state, said),
        (ScheduledTaskStatus.None, TaskCommand.Create create) => Born(state, create),
        (_, TaskCommand.Create) => Ignored(state, "it exists"),
        (ScheduledTaskStatus.None, TaskCommand.Activated or TaskCommand.Woken or TaskCommand.ExecutionHeard) => Ignored(state, "there is no such task"),
        (ScheduledTaskStatus.None or ScheduledTaskStatus.Deleted, TaskCommand.Change or TaskCommand.Pause or TaskCommand.Resume or TaskCommand.Delete or TaskCommand.Trigger
            or TaskCommand.Retry or TaskCommand.Quarantine or TaskCommand.Release) =>
            Refused(state, SchedulerErrorKind.NotFound, "the task has been deleted"),

        (_, TaskCommand.Change change) => Change(state, change),

        (ScheduledTaskStatus.Paused, TaskCommand.Pause) => Ignored(state, "it is paused"),
        (_, TaskCommand.Pause pause) => new(Touched(state, pause.Now) with { Status = ScheduledTaskStatus.Paused }),
        (ScheduledTaskStatus.Enabled, TaskCommand.Resume) => Ignored(state, "it is enabled"),
        // What was due meanwhile is dropped: the schedule goes on from now.
        (_, TaskCommand.Resume resume) => new(Touched(state, resume.Now) with
        {
            Status = ScheduledTaskStatus.Enabled,
            NextAt = state.Definition.Schedule is { } schedule ? Schedule.Next(schedule, state.CreatedAt, Latest(resume.Now, state.Watermark)) : null,
        }),

        (_, TaskCommand.Delete delete) => Delete(state, delete.Now, limits),

        (_, TaskCommand.Trigger trigger) when state.Open.Any(open => open.Seed.Id == trigger.Execution) => Ignored(state, $"execution {trigger.Execution} is open"),
        (_, TaskCommand.Trigger { SeenSequence: { } seen }) when state.Sequence > seen => Ignored(state, "executions were made since its key was looked up: look again"),
        (_, TaskCommand.Trigger trigger) => Trigger(state, trigger, limits),

        (_, TaskCommand.Retry retry) when state.Open.Any(open => open.Seed.Id == retry.Execution) => Ignored(state, $"execution {retry.Execution} is open"),
        (_, TaskCommand.Retry retry) => Retry(state, retry, limits),

        (_, TaskCommand.Quarantine quarantine) when state.Quarantined.Any(each => each.Database == quarantine.Database) => Ignored(state, $"database {quarantine.Database} is in quarantine"),
        (_, TaskCommand.Quarantine quarantine) => new(Touched(state, quarantine.Now) with { Quarantined = state.Quarantined.Add(new(quarantine.Database, quarantine.Now)) }),
        (_, TaskCommand.Release release) when !state.Quarantined.Any(each => each.Database == release.Database) => Ignored(state, $"database {release.Database} is not in quarantine"),
        (_, TaskCommand.Release release) => new(Touched(state, release.Now) with { Quarantined = state.Quarantined.RemoveAll(each => each.Database == release.Database) }),

        (_, TaskCommand.Activated activated) => LookAround(state, activated.Now, limits),
        (_, TaskCommand.Woken woken) => LookAround(state, woken.Now, limits),

        (_, TaskCommand.ExecutionHeard heard) => Heard(state, heard, limits),

        _ => throw new UnreachableException($"expected a command that a task knows, got {command.GetType().Name}"),
    };

    static Decision<TaskState, TaskEffect> Born(TaskState state, TaskCommand.Create create)
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
        };
        return WithShards(born with { NextAt = NextOf(born, after: null) });
    }

    static Decision<TaskState, TaskEffect> Change(TaskState state, TaskCommand.Change change)
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

        var changed = Touched(state, change.Now) with { Definition = next };
        return WithShards(changed with { NextAt = SameTimes(old.Schedule, next.Schedule) ? state.NextAt : NextOf(changed, Latest(change.Now, state.Watermark)) });
    }

    static Decision<TaskState, TaskEffect> Delete(TaskState state, DateTimeOffset now, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var deleted = Touched(state, now) with { Status = ScheduledTaskStatus.Deleted, NextAt = null };
        return new(CancelOpen(deleted, "its task was deleted", now, limits, effects), effects);
    }

    static TaskState CancelOpen(TaskState state, string reason, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        effects.AddRange(state.Open.Select(open => new TaskEffect.CancelExecution(open.Seed.Id, reason)));
        return state with { Open = [.. state.Open.Select(open => open with { CancelBecause = reason, Asked = 0, AskAt = now + limits.AskAfter })] };
    }

    static Decision<TaskState, TaskEffect> Trigger(TaskState state, TaskCommand.Trigger trigger, TaskLimits limits)
    {
        if (state.IsFull) return Refused(state, SchedulerErrorKind.Unavailable, $"{state.Open.Length} executions of the task have not been heard of; ask again later");
        List<TaskEffect> effects = [];
        var next = Open(state, trigger.Execution, TriggerKind.Manual, trigger.By, WholeMilliseconds(trigger.Now), trigger.Parameters, null, trigger.Now, limits, effects);
        return new(next, effects);
    }

    static Decision<TaskState, TaskEffect> Retry(TaskState state, TaskCommand.Retry retry, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var next = Open(state, retry.Execution, TriggerKind.Retry, retry.By, WholeMilliseconds(retry.Now), retry.Of.Parameters, null, retry.Now, limits, effects, retry.Of);
        return new(next, effects);
    }

    // As occurrences have: lists are filtered and ordered by them.
    static DateTimeOffset WholeMilliseconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    /// <summary>Does whatever is due: occurrences, and questions after executions that have not answered.</summary>
    static Decision<TaskState, TaskEffect> LookAround(TaskState state, DateTimeOffset now, TaskLimits limits)
    {
        List<TaskEffect> effects = [];
        var next = state;
        if (state.Status == ScheduledTaskStatus.Enabled && !state.IsFull && state.NextAt is { } due && due <= now)
            next = Fire(state, due, now, limits, effects);
        next = AskAgain(next, now, limits, effects);
        return ReferenceEquals(next, state) ? Ignored(state, "nothing is due") : new(next, effects);
    }

    static TaskState Fire(TaskState state, DateTimeOffset due, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        var schedule = state.Definition.Schedule!;
        var next = state;
        if (now - due <= limits.MisfireThreshold)
            FireEach(Schedule.Last(schedule, state.CreatedAt, due, now, limits.CatchUp));
        else if (schedule.Misfire == MisfirePolicy.FireOnce)
            FireOne(Schedule.Latest(schedule, state.CreatedAt, due, now) ?? due, null);
        else if (schedule.Misfire == MisfirePolicy.CatchUp)
            FireEach(Schedule.Last(schedule, state.CreatedAt, due, now, limits.CatchUp));
        else
            SkipMissed();
        return next with { Watermark = now, NextAt = Schedule.Next(schedule, state.CreatedAt, now) };

        void FireOne(DateTimeOffset instant, string? skip) =>
            next = Open(next, ExecutionId.OfOccurrence(state.Id, instant), TriggerKind.Schedule, null, instant, null, skip, now, limits, effects);

        // The stored instant fires even if the schedule, read anew, says otherwise.
        void FireEach(IReadOnlyList<DateTimeOffset> later)
        {
            if (later.Count < limits.CatchUp) FireOne(due, null);
            foreach (var instant in later) FireOne(instant, null);
        }

        // One record stands for all that were dropped, so that it can be seen.
        void SkipMissed()
        {
            var missed = Schedule.Latest(schedule, state.CreatedAt, due, now - limits.MisfireThreshold) ?? due;
            FireOne(missed, $"occurrences from {due:O} to {missed:O} were due while nobody could start them, and the misfire policy is skip");
            foreach (var instant in Schedule.Last(schedule, state.CreatedAt, missed, now, limits.CatchUp)) FireOne(instant, null);
        }
    }

    /// <summary>Decides on one more execution: it runs, waits for its turn, or is skipped.</summary>
    static TaskState Open(TaskState state, ExecutionId id, TriggerKind kind, string? by, DateTimeOffset scheduledAt, System.Text.Json.JsonElement? parameters,
        string? skip, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects, ExecutionSeed? retried = null)
    {
        var definition = state.Definition;
        var open = state.Open.Where(each => each.Seed.SkippedBecause is null).ToArray();
        var go = true;
        if (skip is null && open.Length > 0)
        {
            if (open.Length >= limits.OpenExecutions)
                skip = $"{open.Length} executions of the task are open, which is the limit";
            else if (definition.Overlap == OverlapPolicy.Skip)
                skip = $"execution {open[^1].Seed.Id} is still open, and the overlap policy is skip";
            else
                go = definition.Overlap == OverlapPolicy.Allow;
            if (skip is null && definition.Overlap == OverlapPolicy.CancelPrevious)
                state = CancelOpen(state, $"execution {id} takes its place", now, limits, effects);
        }

        var seed = new ExecutionSeed(id, state.Id, state.Tenant, definition.Name, definition.Handler.Kind, state.Sequence + 1, kind, by, scheduledAt)
        {
            Timeout = definition.Timeout,
            Retry = definition.Retry ?? RetryPolicy.Default,
            Priority = definition.Priority,
            Parameters = parameters ?? definition.Parameters,
            RetryOf = retried?.Id,
            RetriedRound = retried?.Sequence,
            SkippedBecause = skip,
        };
        effects.Add(new TaskEffect.TellExecution(seed, go) { IsNew = true });
        return state with { Sequence = seed.Sequence, Open = state.Open.Add(new(seed, go, now, now + limits.AskAfter, 0)) };
    }

    static TaskState AskAgain(TaskState state, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        if (state.Open.All(open => open.AskAt > now)) return state;
        var open = state.Open.ToBuilder();
        for (var i = 0; i < open.Count; i++)
        {
            if (open[i].AskAt > now) continue;
            effects.Add(new TaskEffect.TellExecution(open[i].Seed, open[i].Go));
            if (open[i].CancelBecause is { } reason) effects.Add(new TaskEffect.CancelExecution(open[i].Seed.Id, reason));
            var asked = open[i].Asked + 1;
            var wait = limits.AskAfter * Math.Pow(2, Math.Min(asked, 20));
            open[i] = open[i] with { Asked = asked, AskAt = now + (wait < limits.AskAtMost ? wait : limits.AskAtMost) };
        }
        return state with { Open = open.ToImmutable() };
    }

    static Decision<TaskState, TaskEffect> Heard(TaskState state, TaskCommand.ExecutionHeard heard, TaskLimits limits)
    {
        var index = state.Open.ToList().FindIndex(open => open.Seed.Id == heard.Execution);
        if (index < 0) return Ignored(state, $"execution {heard.Execution} is not open");
        if (!HasEnded(heard.Status))
        {
            var wait = state.Open[index].CancelBecause is null ? limits.AskAtMost : limits.AskAfter;
            return new(state with { Open = state.Open.SetItem(index, state.Open[index] with { Asked = 0, AskAt = heard.Now + wait }) }) { Lazy = true };
        }

        // Lost with a crash, it is asked after and heard again.
        var rest = state.Open.RemoveAt(index);
        var next = rest.ToList().FindIndex(open => !open.Go && open.CancelBecause is null);
        if (next < 0 || rest.Any(open => open.Go && open.Seed.SkippedBecause is null))
            return new(state with { Open = rest }) { Lazy = true };

        // The next in line goes.
        var gone = rest[next] with { Go = true, Asked = 0, AskAt = heard.Now + limits.AskAfter };
        return new(state with { Open = rest.SetItem(next, gone) }, new TaskEffect.TellExecution(gone.Seed, true));
    }

    static Decision<TaskState, TaskEffect> WithShards(TaskState state) =>
        state.Definition.Handler.Kind.Polls() ? new(state, new TaskEffect.EnsureShards()) : new(state);

    /// <summary>The first occurrence after an instant; null: the first of all, which may lie in the past where the schedule names one instant.</summary>
    static DateTimeOffset? NextOf(TaskState state, DateTimeOffset? after) => state.Definition.Schedule is not { } schedule ? null
        : schedule.At is { } at && (state.Watermark is null || at > state.Watermark) ? Schedule.Next(schedule, state.CreatedAt, at - TimeSpan.FromTicks(1))
        : Schedule.Next(schedule, state.CreatedAt, after ?? state.CreatedAt);

    static TaskState Touched(TaskState state, DateTimeOffset now) => state with { Revision = state.Revision + 1, UpdatedAt = now };

    static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    static bool SameTimes(ScheduleDefinition? one, ScheduleDefinition? other) => one == other || (one is not null && other is not null && one with { Misfire = other.Misfire } == other);

    static bool SameShards(ShardsDefinition? one, ShardsDefinition? other) =>
        one?.Databases == other?.Databases && one?.Tables == other?.Tables && (one?.List ?? []).SequenceEqual(other?.List ?? []);

    static bool HasEnded(ExecutionStatus status) => status is ExecutionStatus.Succeeded or ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Cancelled or ExecutionStatus.Skipped;

    static Decision<TaskState, TaskEffect> TooLate(TaskState state, DateTimeOffset saidAt) =>
        Refused(state, SchedulerErrorKind.Unavailable, $"it was asked for at {saidAt:O} and came too late; ask again");

    static string Name(HandlerKind kind) => WireText.Of(kind);

    static Decision<TaskState, TaskEffect> Ignored(TaskState state, string reason) => new(state) { IgnoredBecause = reason };

    static Decision<TaskState, TaskEffect> Refused(TaskState state, SchedulerErrorKind kind, string message) => new(state) { Refused = new(kind, message) };
}
