using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>Some of a list.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="Next">Gives the items after these; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

/// <summary>Whether a task's schedule is followed.</summary>
[JsonConverter(typeof(CamelCaseEnum<ScheduledTaskStatus>))]
public enum ScheduledTaskStatus
{
    /// <summary>There is no such task; never stored.</summary>
    None = 0,
    /// <summary>The schedule is followed.</summary>
    Enabled,
    /// <summary>Nothing is due until it is resumed.</summary>
    Paused,
    /// <summary>Gone, but for its history.</summary>
    Deleted,
}

/// <summary>A task as it stands.</summary>
public sealed record TaskView
{
    /// <summary>The task's name.</summary>
    public required string Name { get; init; }
    /// <summary>Whether its schedule is followed.</summary>
    public required ScheduledTaskStatus Status { get; init; }
    /// <summary>Grows with every change of the definition; over HTTP the <c>ETag</c> begins with it.</summary>
    public required long Version { get; init; }
    /// <summary>The definition.</summary>
    public required TaskDefinition Definition { get; init; }
    /// <summary>The next instant at which it is due; null where there is none.</summary>
    public DateTimeOffset? NextAt { get; init; }
    /// <summary>Up to when its occurrences are decided on: none is made any more at or before this instant. Absent: none was yet.</summary>
    public DateTimeOffset? LastAt { get; init; }
    /// <summary>Executions that have not ended.</summary>
    public required IReadOnlyList<string> OpenExecutions { get; init; }
    /// <summary>Databases that are not read until they are released; null where there is none.</summary>
    public IReadOnlyList<string>? QuarantinedDatabases { get; init; }
    /// <summary>Executions so far.</summary>
    public required long ExecutionCount { get; init; }
    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>When its definition or status last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Where an execution stands.</summary>
[JsonConverter(typeof(CamelCaseEnum<ExecutionStatus>))]
public enum ExecutionStatus
{
    /// <summary>There is no such execution; never stored.</summary>
    None = 0,
    /// <summary>Created; waits for its turn, or for a free slot.</summary>
    Waiting,
    /// <summary>Runs.</summary>
    Running,
    /// <summary>Waits between two attempts.</summary>
    Retrying,
    /// <summary>Ended well.</summary>
    Succeeded,
    /// <summary>Ended after its last attempt failed, or with failed shards.</summary>
    Failed,
    /// <summary>Ended because it took longer than its timeout.</summary>
    TimedOut,
    /// <summary>Ended because somebody asked for it.</summary>
    Cancelled,
    /// <summary>Never ran: a policy dropped the occurrence.</summary>
    Skipped,
}

/// <summary>What made an execution.</summary>
[JsonConverter(typeof(CamelCaseEnum<TriggerKind>))]
public enum TriggerKind
{
    /// <summary>Not set; never stored.</summary>
    None = 0,
    /// <summary>An occurrence of the schedule.</summary>
    Schedule,
    /// <summary>Somebody asked for it.</summary>
    Manual,
    /// <summary>Somebody asked for another one in place of one that did not end well.</summary>
    Retry,
}

/// <summary>What made an execution, and who.</summary>
/// <param name="Kind">What made it.</param>
/// <param name="By">Who asked; null where nobody did.</param>
public sealed record TriggerView(TriggerKind Kind, string? By);

/// <summary>The parts of an execution (shards of a round) by where they stand. All zero where it has none.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Completed">Ended well.</param>
/// <param name="Running">Under way.</param>
/// <param name="Failed">Ended otherwise.</param>
public readonly record struct ItemCounts(int Total, int Completed, int Running, int Failed);

/// <summary>An execution as it stands.</summary>
public sealed record ExecutionView
{
    /// <summary>The id.</summary>
    public required string Id { get; init; }
    /// <summary>The task's name.</summary>
    public required string Task { get; init; }
    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }
    /// <summary>What made it.</summary>
    public required TriggerView Trigger { get; init; }
    /// <summary>The execution that it was made to retry; null where it retries none.</summary>
    public string? RetryOf { get; init; }
    /// <summary>The number among the task's executions; a polling task's round.</summary>
    public required long Sequence { get; init; }
    /// <summary>What it works on, with other executions; null where it has no such key.</summary>
    public string? ConcurrencyKey { get; init; }
    /// <summary>1 for the first attempt; 0 before it.</summary>
    public required int Attempt { get; init; }
    /// <summary>The occurrence's instant, or when the trigger was given.</summary>
    public required DateTimeOffset ScheduledAt { get; init; }
    /// <summary>The first of the missed occurrences that it stands for, where it stands for more than the one at <see cref="ScheduledAt"/>.</summary>
    public DateTimeOffset? MissedSince { get; init; }
    /// <summary>When the first attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
    /// <summary>The shards of a polling execution.</summary>
    public required ItemCounts Items { get; init; }
    /// <summary>Rows that a polling execution has processed.</summary>
    public required long Rows { get; init; }
    /// <summary>The node that runs it, or ran it last; null for a polling execution, whose shards have nodes.</summary>
    public string? Node { get; init; }
    /// <summary>What the handler returned.</summary>
    public JsonElement? Result { get; init; }
    /// <summary>Why it failed, or the last attempt did; why it was skipped or cancelled.</summary>
    public string? Error { get; init; }
    /// <summary>The exception behind <see cref="Error"/> with its stack, at most 16,384 characters. Null in lists, and where no code failed.</summary>
    public string? Stack { get; init; }
    /// <summary>
    /// The runs of its code, the oldest first: the last twenty and one, by a setting. Null in lists, and for a polling execution, whose attempts are each
    /// page's.
    /// </summary>
    public IReadOnlyList<AttemptView>? Attempts { get; init; }
}

/// <summary>One run of an execution's code.</summary>
/// <param name="Number">The attempt, from 1. A run that was lost or interrupted is followed by another of the same attempt.</param>
/// <param name="Node">Where it runs, or ran.</param>
/// <param name="StartedAt">When the code began.</param>
/// <param name="EndedAt">When it was known to be over; null while it runs.</param>
/// <param name="Outcome">What became of it; null while it runs.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
public sealed record AttemptView(int Number, string? Node, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, AttemptOutcome? Outcome, string? Error);

/// <summary>What became of a run of an execution's code.</summary>
[JsonConverter(typeof(CamelCaseEnum<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>Not set; never stored.</summary>
    None = 0,
    /// <summary>The handler returned.</summary>
    Succeeded,
    /// <summary>The handler threw.</summary>
    Failed,
    /// <summary>It was stopped because its execution took too long.</summary>
    TimedOut,
    /// <summary>It was stopped because somebody asked for it.</summary>
    Cancelled,
    /// <summary>Its node stopped in good order; it was begun again elsewhere.</summary>
    Interrupted,
    /// <summary>Its process ended in the middle of it, or was cut off from the database.</summary>
    Lost,
}

/// <summary>Where a shard stands.</summary>
[JsonConverter(typeof(CamelCaseEnum<ShardStatus>))]
public enum ShardStatus
{
    /// <summary>There is no such shard; never stored.</summary>
    None = 0,
    /// <summary>Has not run in any round.</summary>
    Idle,
    /// <summary>Its round is under way.</summary>
    Running,
    /// <summary>Somebody paused it: it is not run.</summary>
    Paused,
    /// <summary>Its round ended well.</summary>
    Completed,
    /// <summary>A page failed in all its attempts.</summary>
    Failed,
    /// <summary>Its round was cancelled.</summary>
    Cancelled,
    /// <summary>Its table was not found when the shards were last discovered: it is not run, and goes on where it stopped when the table is found again.</summary>
    Gone,
}

/// <summary>A shard as it stands.</summary>
public sealed record ShardView
{
    /// <summary>The database.</summary>
    public required string Database { get; init; }
    /// <summary>The table.</summary>
    public required string Table { get; init; }
    /// <summary>Where it stands.</summary>
    public required ShardStatus Status { get; init; }
    /// <summary>The present or last round; 0 before the first.</summary>
    public required long Round { get; init; }
    /// <summary>How far it has got.</summary>
    public required Cursor Cursor { get; init; }
    /// <summary>Rows processed in this round.</summary>
    public required long Rows { get; init; }
    /// <summary>Pages checkpointed in this round.</summary>
    public required long Pages { get; init; }
    /// <summary>The node that runs it, or ran it last.</summary>
    public string? Node { get; init; }
    /// <summary>Failed attempts at the present page.</summary>
    public required int Attempt { get; init; }
    /// <summary>How far behind the source's clock it is: a change that has rested for longer has been seen. Null in a full mode, and before the first pass has ended.</summary>
    public TimeSpan? Lag { get; init; }
    /// <summary>Why the last attempt failed.</summary>
    public string? Error { get; init; }
    /// <summary>When its state last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Shards by where they stand.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Idle">Have not run in the round.</param>
/// <param name="Running">Under way.</param>
/// <param name="Completed">Ended well.</param>
/// <param name="Failed">Failed.</param>
/// <param name="Cancelled">Were cancelled.</param>
/// <param name="Paused">Are paused.</param>
public readonly record struct ShardCounts(int Total, int Idle, int Running, int Completed, int Failed, int Cancelled, int Paused);

/// <summary>How far a round has got in one database.</summary>
public sealed record DatabaseProgressView
{
    /// <summary>The database.</summary>
    public required string Database { get; init; }
    /// <summary>Its shards by where they stand in the round.</summary>
    public required ShardCounts Shards { get; init; }
    /// <summary>Rows processed in the round.</summary>
    public required long Rows { get; init; }
    /// <summary>Pages checkpointed in the round.</summary>
    public required long Pages { get; init; }
}

/// <summary>How far a round has got.</summary>
public sealed record ProgressView
{
    /// <summary>The task's name.</summary>
    public required string Task { get; init; }
    /// <summary>The round; 0 before the first.</summary>
    public required long Round { get; init; }
    /// <summary>The execution of the round; null before the first.</summary>
    public string? ExecutionId { get; init; }
    /// <summary>The shards by where they stand in that round.</summary>
    public required ShardCounts Shards { get; init; }
    /// <summary>Rows processed in the round.</summary>
    public required long Rows { get; init; }
    /// <summary>Pages checkpointed in the round.</summary>
    public required long Pages { get; init; }
    /// <summary>Rows a second: over the round so far, or over the whole of one that has ended.</summary>
    public required double RowsPerSecond { get; init; }
    /// <summary>How far behind its source's clock the last of the shards is, judged by the last round that succeeded. Null in a full mode, and before that.</summary>
    public TimeSpan? Lag { get; init; }
    /// <summary>Time until the round ends, judged by the shards that have; null where nothing can be said.</summary>
    public TimeSpan? Eta { get; init; }
}

/// <summary>Answer to a trigger.</summary>
/// <param name="ExecutionId">The execution that was made.</param>
public sealed record TriggerResult(string ExecutionId);

/// <summary>What a trigger may bring.</summary>
public sealed record TriggerRequest
{
    /// <summary>Instead of the task's parameters; at most 64 KiB of JSON.</summary>
    public JsonElement? Parameters { get; init; }
    /// <summary>Who asks, for the execution's record; at most 127 characters.</summary>
    public string? By { get; init; }
    /// <summary>Instead of the task's <see cref="ConcurrencyDefinition.Key"/>; 1 to 127 characters. The task must have a limit for keys.</summary>
    public string? ConcurrencyKey { get; init; }
    /// <summary>The same key asks for the same execution, as long as that is kept; 1 to 255 characters. Over HTTP the header <c>Idempotency-Key</c>.</summary>
    [JsonIgnore]
    public string? IdempotencyKey { get; init; }
}
