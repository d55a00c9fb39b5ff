using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>Which shards of a task.</summary>
public sealed record ShardSelection
{
    /// <summary>Only those of this database; null: of all.</summary>
    public string? Database { get; init; }
    /// <summary>Only this table of the database; null: all of them.</summary>
    public string? Table { get; init; }
}

/// <summary>How many shards an operation meant.</summary>
/// <param name="Shards">The shards.</param>
public sealed record ShardsResult(int Shards);

/// <summary>Where the next round of shards is to begin.</summary>
public sealed record RewindRequest
{
    /// <summary>Where to.</summary>
    public required RewindTarget To { get; init; }
    /// <summary>Only shards of this database; null: of all.</summary>
    public string? Database { get; init; }
    /// <summary>Only this table of the database; null: all of them.</summary>
    public string? Table { get; init; }
}

/// <summary>A place in a shard: exactly one of the members is set.</summary>
public sealed record RewindTarget
{
    /// <summary>Before the first row; only true.</summary>
    public bool? Beginning { get; init; }
    /// <summary>With the rows whose time column is at or after this instant. For the modes <c>incremental</c> and <c>fullThenIncremental</c>, whose next round is then incremental.</summary>
    public DateTimeOffset? Time { get; init; }
    /// <summary>After this value of the key column, written as the shard's cursor shows it: text, or a whole number. For the mode <c>full</c>.</summary>
    public JsonElement? Key { get; init; }

    /// <summary>Before the first row.</summary>
    public static RewindTarget ToBeginning { get; } = new() { Beginning = true };
    /// <summary>After the row of that key, as <see cref="Cursor.Key"/> writes it.</summary>
    public static RewindTarget ToKey(string key) => new() { Key = JsonSerializer.SerializeToElement(key) };
    /// <summary>With the rows of that time.</summary>
    public static RewindTarget ToTime(DateTimeOffset time) => new() { Time = time };
}

/// <summary>What a retry may bring.</summary>
public sealed record RetryRequest
{
    /// <summary>Who asks, for the execution's record; at most 127 characters.</summary>
    public string? By { get; init; }
}

/// <summary>Which dead letters to list.</summary>
public sealed record DeadLetterQuery
{
    /// <summary><see cref="Page{T}.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>A row that was put aside because it failed again and again.</summary>
public sealed record DeadLetterView
{
    /// <summary>The id; the same row has the same id whenever it is put aside.</summary>
    public required string Id { get; init; }
    /// <summary>The database.</summary>
    public required string Database { get; init; }
    /// <summary>The table.</summary>
    public required string Table { get; init; }
    /// <summary>Where the row stands.</summary>
    public required Cursor Cursor { get; init; }
    /// <summary>The round that put it aside.</summary>
    public required long Round { get; init; }
    /// <summary>Failed attempts at it, replays included.</summary>
    public required int Attempts { get; init; }
    /// <summary>Why the last of them failed.</summary>
    public required string Error { get; init; }
    /// <summary>The row as it was read; null where it could not be written as JSON, or was too large.</summary>
    public JsonElement? Row { get; init; }
    /// <summary>When it was last put aside.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Which dead letters of a task.</summary>
public sealed record DeadLetterSelection
{
    /// <summary>Those of these ids, 1 to 1,000; null: all.</summary>
    public IReadOnlyList<string>? Ids { get; init; }
}

/// <summary>What became of a replay.</summary>
/// <param name="Replayed">Rows that were processed, and are dead letters no more.</param>
/// <param name="Failed">Rows that failed again, or could not be read.</param>
public sealed record ReplayResult(int Replayed, int Failed);

/// <summary>What became of a discard.</summary>
/// <param name="Discarded">Dead letters that were removed.</param>
public sealed record DiscardResult(int Discarded);

/// <summary>What becomes of a task's executions when it is deleted.</summary>
[JsonConverter(typeof(CamelCaseEnum<DeleteMode>))]
public enum DeleteMode
{
    /// <summary>All of them are cancelled.</summary>
    Kill = 1,
    /// <summary>Those that run end by themselves, retries included; those that wait for their turn are cancelled.</summary>
    Wait,
}

/// <summary>Why something does not run.</summary>
/// <param name="Runnable">Whether it runs, or would if it were asked to: none of the reasons keeps all of it from running.</param>
/// <param name="Reasons">What keeps it, or some of it, from running.</param>
public sealed record WhyView(bool Runnable, IReadOnlyList<WhyReason> Reasons);

/// <summary>One reason.</summary>
/// <param name="Code">What it is, for programs.</param>
/// <param name="Message">What it is, in words for people, with what will end it.</param>
/// <param name="Since">Since when; null where that is not known.</param>
public sealed record WhyReason(WhyCode Code, string Message, DateTimeOffset? Since = null);

/// <summary>What keeps something from running.</summary>
[JsonConverter(typeof(CamelCaseEnum<WhyCode>))]
public enum WhyCode
{
    /// <summary>Not set.</summary>
    None = 0,
    /// <summary>The task is paused.</summary>
    Paused,
    /// <summary>The task has no further occurrence: it runs when it is triggered.</summary>
    NoOccurrence,
    /// <summary>The next occurrence lies ahead.</summary>
    NotDue,
    /// <summary>An execution before it is open.</summary>
    PreviousOpen,
    /// <summary>As many executions of the task run at once as may.</summary>
    TaskLimit,
    /// <summary>As many executions of its concurrency key run at once as may.</summary>
    KeyLimit,
    /// <summary>As many executions of the tenant run at once as may.</summary>
    TenantLimit,
    /// <summary>The tenant is paused.</summary>
    TenantPaused,
    /// <summary>Everything is paused.</summary>
    EverythingPaused,
    /// <summary>So many executions of the task have not been heard of that nothing more is decided.</summary>
    OpenListFull,
    /// <summary>A run of it was lost with its node.</summary>
    RunLost,
    /// <summary>Somebody drains the node.</summary>
    NodeDraining,
    /// <summary>All run slots of the node are taken.</summary>
    WaitingForSlot,
    /// <summary>No handler of that name is registered in the process.</summary>
    HandlerNotRegistered,
    /// <summary>A database failed again and again, and is left alone for a while.</summary>
    BreakerOpen,
    /// <summary>Somebody put a database into quarantine.</summary>
    DatabaseQuarantined,
    /// <summary>Somebody paused shards.</summary>
    ShardsPaused,
    /// <summary>An attempt failed, and the next one's time has not come.</summary>
    RetryWait,
    /// <summary>The node stops.</summary>
    NodeStopping,
    /// <summary>The node cannot reach its database.</summary>
    CutOff,
    /// <summary>The execution has ended.</summary>
    Ended,
    /// <summary>An exclusion calendar leaves occurrences out.</summary>
    Calendar,
    /// <summary>The execution's task has been deleted; the execution may still run to its end.</summary>
    TaskDeleted,
    /// <summary>More occurrences were missed than are made up for: those before were dropped, and one record stands for them.</summary>
    CatchUpBound,
    /// <summary>Pages wait for the task's <see cref="PollingLimits.RowsPerSecond"/>, on the node that was asked.</summary>
    RateLimit,
    /// <summary>As many shards of a database are read at once as <see cref="PollingLimits.PerDatabase"/> lets, on the node that was asked.</summary>
    DatabaseLimit,
}

/// <summary>Where a node stands.</summary>
[JsonConverter(typeof(CamelCaseEnum<NodeStatus>))]
public enum NodeStatus
{
    /// <summary>Not set.</summary>
    None = 0,
    /// <summary>It says that it lives.</summary>
    Live,
    /// <summary>It begins nothing more, and something of it still runs.</summary>
    Draining,
    /// <summary>It begins nothing more, and nothing of it runs.</summary>
    Drained,
    /// <summary>It is about to end.</summary>
    Stopping,
    /// <summary>It has not said so for a while: it ended, or cannot reach the database.</summary>
    Gone,
    /// <summary>It answers reads, runs nothing, and takes over when the active one ends.</summary>
    Standby,
}

/// <summary>A process that runs handlers, or waits for its turn to.</summary>
public sealed record NodeView
{
    /// <summary>New at each start of a process.</summary>
    public required string Id { get; init; }
    /// <summary>Where people find it.</summary>
    public required string Address { get; init; }
    /// <summary>The product's version.</summary>
    public required string Version { get; init; }
    /// <summary>Where it stands.</summary>
    public required NodeStatus Status { get; init; }
    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>When it last said that it lives, by the database's clock.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }
    /// <summary>Its run slots.</summary>
    public required SlotCounts Slots { get; init; }
    /// <summary>The handlers that it can run.</summary>
    public required IReadOnlyList<string> Handlers { get; init; }
}

/// <summary>Run slots of a node.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Used">Those in use when it was last seen.</param>
public readonly record struct SlotCounts(int Total, int Used);
