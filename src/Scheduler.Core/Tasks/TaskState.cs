using System.Collections.Immutable;
using Scheduler.Executions;
using Scheduler.Schedules;

namespace Scheduler.Tasks;

/// <summary>What a task remembers: one row of <c>schedule_task</c>. Only <c>TaskDecider</c> makes a new one.</summary>
public sealed record TaskState
{
    /// <summary>There is no such task.</summary>
    public static TaskState Absent(long id) => new() { Id = id, Tenant = "", Definition = new() { Name = "", Handler = new() } };

    /// <summary>One incarnation of a name: a task that is deleted and made again has another id. Positive, below 2^53.</summary>
    public required long Id { get; init; }

    /// <summary>The tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>The definition.</summary>
    public required TaskDefinition Definition { get; init; }

    /// <summary>Grows with every change of the definition or status by people.</summary>
    public long Revision { get; init; }

    /// <summary>Whether the schedule is followed.</summary>
    public ScheduledTaskStatus Status { get; init; }

    /// <summary>Executions so far: the next one's number is this + 1.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When people last changed it.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The last occurrence that was decided: none is made at or below it.</summary>
    public DateTimeOffset? Watermark { get; init; }

    /// <summary>The next occurrence. Once stored it fires, even if time-zone data says otherwise by then.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Executions that are not known to have ended, by number. Those that may not yet go wait for their turn.</summary>
    public ImmutableArray<OpenExecution> Open { get; init; } = [];

    /// <summary>When the last execution was heard to have ended, where the schedule is a delay.</summary>
    public DateTimeOffset? LastEndAt { get; init; }

    /// <summary>The calendars that its schedule names, as it has heard of them.</summary>
    public ImmutableArray<TaskCalendar> Calendars { get; init; } = [];

    /// <summary>When to see whether it has heard of its calendars' latest state: one may have changed while the word of it was under way. Null once it has.</summary>
    public DateTimeOffset? AskCalendarsAt { get; init; }

    /// <summary>Databases that are not read, by name.</summary>
    public ImmutableArray<QuarantinedDatabase> Quarantined { get; init; } = [];

    /// <summary>The most executions, skipped ones included, that a task remembers before it decides on no more: all of them stand in its row.</summary>
    public const int MostOpen = 1000;

    /// <summary>Whether so many executions are unheard of that nothing more is decided; what is due meanwhile waits, and is a misfire where it waits long.</summary>
    public bool IsFull => Open.Length >= MostOpen;

    /// <summary>When the next occurrence starts: at its instant, or put off by the schedule's jitter.</summary>
    public DateTimeOffset? StartsAt => NextAt is { } next ? Jitter.StartOf(Id, next, Definition.Schedule?.Jitter) : null;

    /// <summary>When it wants to be woken: for its next occurrence, or to ask after an execution or its calendars.</summary>
    public DateTimeOffset? WakeAt
    {
        get
        {
            var wake = Status == ScheduledTaskStatus.Enabled && !IsFull ? StartsAt : null;
            if (AskCalendarsAt is { } ask && (wake is null || ask < wake)) wake = ask;
            foreach (var open in Open)
                if (wake is null || open.AskAt < wake) wake = open.AskAt;
            return wake;
        }
    }

    /// <summary>When the oldest of <see cref="Open"/> was decided on; null where there is none. What is younger is not purged.</summary>
    public DateTimeOffset? OpenSince => Open.IsEmpty ? null : Open.Min(open => open.DecidedAt);
}

/// <summary>A database that somebody wants not to be read.</summary>
/// <param name="Database">The database.</param>
/// <param name="Since">Since when.</param>
public sealed record QuarantinedDatabase(string Database, DateTimeOffset Since);

/// <summary>An execution that its task has decided on and not yet heard the end of.</summary>
/// <param name="Seed">What it is made from, said again until it is heard.</param>
/// <param name="Go">Whether it may run; else it waits for its turn.</param>
/// <param name="DecidedAt">When the task decided on it.</param>
/// <param name="AskAt">When to say it again.</param>
/// <param name="Asked">How often it was said without an answer.</param>
/// <param name="CancelBecause">Why it is to stop, said again until it has ended; null while it is not to.</param>
public sealed record OpenExecution(ExecutionSeed Seed, bool Go, DateTimeOffset DecidedAt, DateTimeOffset AskAt, int Asked, string? CancelBecause = null)
{
    /// <summary>Whether it was told for the first time, that it may go, and has not answered: an answer puts the next question off.</summary>
    internal bool IsJustTold(TaskLimits limits) => Go && Asked == 0 && AskAt - DecidedAt <= limits.AskAfter;
}
