using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>What a task runs: exactly one of the kinds is set.</summary>
public sealed record HandlerDefinition
{
    /// <summary>One call of a handler.</summary>
    public CodeDefinition? Code { get; init; }

    /// <summary>A round over the shards of a sharded table.</summary>
    public PollingDefinition? Polling { get; init; }

    /// <summary>A round over the shards of a sharded table whose rows are posted to an address: no code is needed.</summary>
    public SqlPollingDefinition? SqlPolling { get; init; }

    /// <summary>The kind that is set; <see cref="HandlerKind.None"/> where none is.</summary>
    [JsonIgnore]
    public HandlerKind Kind => Polling is not null ? HandlerKind.Polling : SqlPolling is not null ? HandlerKind.SqlPolling : Code is not null ? HandlerKind.Code : HandlerKind.None;

    /// <summary>The name of the user's handler, or of the kind where it needs none; empty where no kind is set.</summary>
    [JsonIgnore]
    public string HandlerName => Polling?.Handler ?? Code?.Handler ?? (SqlPolling is null ? "" : WireText.Of(HandlerKind.SqlPolling));

    /// <summary>How it polls, whoever reads the rows; null where it does not.</summary>
    [JsonIgnore]
    public IPollingShape? Shape => Polling as IPollingShape ?? SqlPolling;
}

/// <summary>The kinds of work a task can be.</summary>
[JsonConverter(typeof(CamelCaseEnum<HandlerKind>))]
public enum HandlerKind
{
    /// <summary>Not set; never stored.</summary>
    None = 0,
    /// <summary>One call of an <see cref="ITaskHandler"/>.</summary>
    Code,
    /// <summary>A round of an <see cref="IPollingHandler{TRow}"/> over its shards.</summary>
    Polling,
    /// <summary>No task's work: an <see cref="IShardDiscovery"/>, which finds the shards of polling tasks.</summary>
    Discovery,
    /// <summary>A round over shards whose rows are posted to an address.</summary>
    SqlPolling,
}

/// <summary>What kinds of work have in common.</summary>
public static class HandlerKinds
{
    /// <summary>Whether it is a round over shards.</summary>
    public static bool Polls(this HandlerKind kind) => kind is HandlerKind.Polling or HandlerKind.SqlPolling;
}

/// <summary>One call of the <see cref="ITaskHandler"/> of that name.</summary>
public sealed record CodeDefinition
{
    /// <summary>The name under which the handler was registered.</summary>
    public required string Handler { get; init; }
}

/// <summary>A round over the shards of a sharded table.</summary>
public sealed record PollingDefinition : IPollingShape
{
    /// <summary>The name under which the <see cref="IPollingHandler{TRow}"/> was registered.</summary>
    public required string Handler { get; init; }

    /// <summary>Which rows a round covers.</summary>
    public PollingMode Mode { get; init; } = PollingMode.Full;

    /// <summary>
    /// How far an incremental pass stays behind the source's clock: zero to one hour, five seconds by default. A change is seen if its
    /// transaction is shorter than this less the skew of the writers' clocks, and the row then rests for it.
    /// </summary>
    public TimeSpan Lag { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The databases and tables.</summary>
    public required ShardsDefinition Shards { get; init; }

    /// <summary>Rows that one query reads: 1 to 100,000.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Batches of a page that are processed at the same time: 1 to 64.</summary>
    public int ThreadCount { get; init; } = 1;

    /// <summary>Rows that one call of the handler's process gets: 1 to <see cref="PageSize"/>. Absent: the page in equal parts, one for each thread.</summary>
    public int? BatchSize { get; init; }

    /// <summary>What becomes of rows that fail again and again. Absent: the shard fails with them.</summary>
    public DeadLetterDefinition? DeadLetter { get; init; }

    /// <summary>How much of its sources the task may take. Absent: as much as there are run slots.</summary>
    public PollingLimits? Limits { get; init; }
}

/// <summary>How a task polls, whoever reads the rows and whatever becomes of them.</summary>
public interface IPollingShape
{
    /// <summary>Which rows a round covers.</summary>
    PollingMode Mode { get; }

    /// <summary>How far an incremental pass stays behind the source's clock: zero to one hour.</summary>
    TimeSpan Lag { get; }

    /// <summary>The databases and tables.</summary>
    ShardsDefinition Shards { get; }

    /// <summary>Rows that one query reads: 1 to 100,000.</summary>
    int PageSize { get; }

    /// <summary>Batches of a page that are processed at the same time: 1 to 64.</summary>
    int ThreadCount { get; }

    /// <summary>Rows of one batch: 1 to <see cref="PageSize"/>. Absent: the page in equal parts, one for each thread.</summary>
    int? BatchSize { get; }

    /// <summary>What becomes of rows that fail again and again. Absent: the shard fails with them.</summary>
    DeadLetterDefinition? DeadLetter { get; }

    /// <summary>How much of its sources the task may take. Absent: as much as there are run slots.</summary>
    PollingLimits? Limits { get; }
}

/// <summary>Which rows a round of a polling task covers.</summary>
[JsonConverter(typeof(CamelCaseEnum<PollingMode>))]
public enum PollingMode
{
    /// <summary>From the lowest key to the highest as of the round's start, in key order; each round begins anew.</summary>
    Full = 1,
    /// <summary>What changed, in the order of time and key: each round goes on where the last one stopped, up to the source's clock less the lag. Deletes and versions in between are not seen.</summary>
    Incremental,
    /// <summary>The first round of a shard is full, and what changed since it began belongs to the rounds after it, which are incremental.</summary>
    FullThenIncremental,
}

/// <summary>The shards of a polling task: either <see cref="Databases"/> and <see cref="Tables"/>, or <see cref="List"/>, or <see cref="Discover"/>.</summary>
public sealed record ShardsDefinition
{
    /// <summary>A pattern of database names: <c>order_{00..63}</c> stands for 64 names, <c>{a,b}</c> for two; several of them multiply. At most 1,000 characters.</summary>
    public string? Databases { get; init; }

    /// <summary>A pattern of table names; each table is expected in each database.</summary>
    public string? Tables { get; init; }

    /// <summary>The shards one by one.</summary>
    public IReadOnlyList<ShardName>? List { get; init; }

    /// <summary>The name of an <see cref="IShardDiscovery"/> that finds the shards, each time that a round begins.</summary>
    public string? Discover { get; init; }
}

/// <summary>A shard's name: one table in one database.</summary>
/// <param name="Database">The database, 1 to 127 characters.</param>
/// <param name="Table">The table, 1 to 127 characters.</param>
public sealed record ShardName(string Database, string Table);
