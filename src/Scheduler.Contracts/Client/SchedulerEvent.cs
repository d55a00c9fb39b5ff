using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>Something that happened. It is told once it is durable, where it is something that is kept.</summary>
public sealed record SchedulerEvent
{
    /// <summary>Grows by one with every event of the process that tells it, from 1: a gap is what a slow reader missed.</summary>
    public required long Id { get; init; }
    /// <summary>What happened.</summary>
    public required SchedulerEventKind Kind { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>The task that it happened to.</summary>
    public string? Task { get; init; }
    /// <summary>The execution that it happened to, or in.</summary>
    public string? ExecutionId { get; init; }
    /// <summary>The database of the shard, or of the source.</summary>
    public string? Database { get; init; }
    /// <summary>The table of the shard.</summary>
    public string? Table { get; init; }
    /// <summary>What it means, in words for people.</summary>
    public required string Message { get; init; }
}

/// <summary>What happened.</summary>
[JsonConverter(typeof(CamelCaseEnum<SchedulerEventKind>))]
public enum SchedulerEventKind
{
    /// <summary>Not set.</summary>
    None = 0,
    /// <summary>A task was created.</summary>
    TaskCreated,
    /// <summary>A task's definition was replaced.</summary>
    TaskChanged,
    /// <summary>A task's schedule was stopped.</summary>
    TaskPaused,
    /// <summary>A task's schedule was started again.</summary>
    TaskResumed,
    /// <summary>A task was deleted.</summary>
    TaskDeleted,
    /// <summary>A database was put into quarantine.</summary>
    DatabaseQuarantined,
    /// <summary>A database was released from quarantine.</summary>
    DatabaseReleased,
    /// <summary>An execution's first attempt has begun.</summary>
    ExecutionStarted,
    /// <summary>An execution has ended, in whatever way.</summary>
    ExecutionEnded,
    /// <summary>A shard's round has failed.</summary>
    ShardFailed,
    /// <summary>A database failed again and again, and is left alone for a while.</summary>
    BreakerOpened,
    /// <summary>A database answers again.</summary>
    BreakerClosed,
    /// <summary>A tenant was paused.</summary>
    TenantPaused,
    /// <summary>A tenant was resumed.</summary>
    TenantResumed,
    /// <summary>A polling execution has processed nothing for a while.</summary>
    NoProgress,
}
