using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Executions;
using Scheduler.Schedules;

namespace Scheduler.Tasks;

/// <summary>Everything that can happen to a task. It carries the time, so that deciding needs no clock.</summary>
/// <param name="Now">When it happens.</param>
[JsonDerivedType(typeof(Create), "create")]
[JsonDerivedType(typeof(Change), "change")]
[JsonDerivedType(typeof(Pause), "pause")]
[JsonDerivedType(typeof(Resume), "resume")]
[JsonDerivedType(typeof(Delete), "delete")]
[JsonDerivedType(typeof(Trigger), "trigger")]
[JsonDerivedType(typeof(Retry), "retry")]
[JsonDerivedType(typeof(Quarantine), "quarantine")]
[JsonDerivedType(typeof(Release), "release")]
[JsonDerivedType(typeof(CalendarsHeard), "calendarsHeard")]
[JsonDerivedType(typeof(Activated), "activated")]
[JsonDerivedType(typeof(Woken), "woken")]
[JsonDerivedType(typeof(ExecutionHeard), "executionHeard")]
public abstract record TaskCommand(DateTimeOffset Now)
{
    /// <summary>Why nothing of the tenant may begin, as its node knows; null where it may.</summary>
    public string? Held { get; init; }

    /// <summary>Whether the tenant lets only so many executions run at once, as its node knows.</summary>
    public bool IsLimited { get; init; }

    /// <summary>Somebody makes the task.</summary>
    public sealed record Create(DateTimeOffset Now, string Tenant, TaskDefinition Definition) : TaskCommand(Now)
    {
        /// <summary>When somebody did; null: now. What was said too long ago makes nothing: it may have been made, deleted and purged since.</summary>
        public DateTimeOffset? SaidAt { get; init; }

        /// <summary>The calendars that the schedule names, as they were found.</summary>
        public ImmutableArray<TaskCalendar> Calendars { get; init; } = [];
    }

    /// <summary>Somebody replaces its definition.</summary>
    public sealed record Change(DateTimeOffset Now, TaskDefinition Definition, long? IfRevision) : TaskCommand(Now)
    {
        /// <inheritdoc cref="Create.Calendars"/>
        public ImmutableArray<TaskCalendar> Calendars { get; init; } = [];
    }

    /// <summary>Calendars stand so. <paramref name="AreAll"/>: all that the schedule names and that exist were looked up.</summary>
    public sealed record CalendarsHeard(DateTimeOffset Now, ImmutableArray<TaskCalendar> Known, bool AreAll) : TaskCommand(Now);

    /// <summary>Somebody stops its schedule.</summary>
    public sealed record Pause(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Somebody starts its schedule again.</summary>
    public sealed record Resume(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Somebody deletes it.</summary>
    public sealed record Delete(DateTimeOffset Now, DeleteMode Mode = DeleteMode.Kill) : TaskCommand(Now);

    /// <summary>Somebody asks for an execution.</summary>
    public sealed record Trigger(DateTimeOffset Now, ExecutionId Execution, string? By, JsonElement? Parameters) : TaskCommand(Now)
    {
        /// <inheritdoc cref="Create.SaidAt"/>
        public DateTimeOffset? SaidAt { get; init; }

        /// <summary>Instead of the task's; null: as that has it.</summary>
        public string? ConcurrencyKey { get; init; }

        /// <summary>
        /// The task's sequence number when it was found that there is no execution of this key yet; null where there is no key. Where more were
        /// made since, this one may be among them, ended and heard of already.
        /// </summary>
        public long? SeenSequence { get; init; }
    }

    /// <summary>Somebody asks for an execution in place of one that did not end well.</summary>
    public sealed record Retry(DateTimeOffset Now, ExecutionId Execution, string? By, ExecutionSeed Of) : TaskCommand(Now)
    {
        /// <summary>When somebody did; null: now. What was said too long ago makes nothing.</summary>
        public DateTimeOffset? SaidAt { get; init; }
    }

    /// <summary>Somebody wants a database not to be read.</summary>
    public sealed record Quarantine(DateTimeOffset Now, string Database) : TaskCommand(Now);

    /// <summary>Somebody lets a database be read again.</summary>
    public sealed record Release(DateTimeOffset Now, string Database) : TaskCommand(Now);

    /// <summary>A process has loaded it.</summary>
    public sealed record Activated(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Its wake time has come.</summary>
    public sealed record Woken(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>An execution says where it stands.</summary>
    public sealed record ExecutionHeard(DateTimeOffset Now, ExecutionId Execution, ExecutionStatus Status) : TaskCommand(Now)
    {
        /// <summary>When it ended; null where it has not, or does not say: now.</summary>
        public DateTimeOffset? EndedAt { get; init; }
    }
}

/// <summary>What follows from a decision about a task.</summary>
public abstract record TaskEffect
{
    /// <summary>Say to the execution that it is to be since <paramref name="DecidedAt"/>, and whether it may run.</summary>
    public sealed record TellExecution(ExecutionSeed Seed, bool Go, DateTimeOffset DecidedAt) : TaskEffect;

    /// <summary>Ask the execution to stop.</summary>
    public sealed record CancelExecution(ExecutionId Execution, string Reason) : TaskEffect;

    /// <summary>Look the calendars up that its schedule names, and tell it.</summary>
    public sealed record AskCalendars : TaskEffect;

    /// <summary>See that the shards of the definition exist.</summary>
    public sealed record EnsureShards : TaskEffect;
}
