using System.Text.Json;

namespace Scheduler;

/// <summary>A round over the shards of a sharded table that needs no code: rows are read with SQL, and each batch is posted to an address.</summary>
public sealed record SqlPollingDefinition : IPollingShape
{
    /// <summary>The name of a connection in the settings: <c>Scheduler:Connections:&lt;name&gt;</c>.</summary>
    public required string Connection { get; init; }

    /// <inheritdoc/>
    public PollingMode Mode { get; init; } = PollingMode.Full;

    /// <inheritdoc/>
    public TimeSpan Lag { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public required ShardsDefinition Shards { get; init; }

    /// <summary>The column that identifies a row and gives the order of a full pass: unique, not null, never changed.</summary>
    public required string KeyColumn { get; init; }

    /// <summary>The column that says when a row last changed: never null. Needed by incremental modes.</summary>
    public string? TimeColumn { get; init; }

    /// <summary>What <see cref="TimeColumn"/> holds.</summary>
    public SqlTimeType TimeType { get; init; } = SqlTimeType.Timestamp;

    /// <summary>The columns that are posted, 1 to 1,000 of them, each once. Absent: all.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>What rows must meet, all of it; at most 50 conditions.</summary>
    public IReadOnlyList<SqlFilter>? Filter { get; init; }

    /// <summary>A condition in the database's own words, at most 4,000 characters. Only on a connection that is marked <c>AllowRawSql</c>.</summary>
    public string? Where { get; init; }

    /// <inheritdoc/>
    public int PageSize { get; init; } = 500;

    /// <inheritdoc/>
    public int ThreadCount { get; init; } = 1;

    /// <inheritdoc/>
    public int? BatchSize { get; init; }

    /// <inheritdoc/>
    public DeadLetterDefinition? DeadLetter { get; init; }

    /// <inheritdoc/>
    public PollingLimits? Limits { get; init; }

    /// <summary>Where each batch goes.</summary>
    public required PostDefinition Post { get; init; }
}

/// <summary>A condition that a row must meet.</summary>
public sealed record SqlFilter
{
    /// <summary>The column.</summary>
    public required string Column { get; init; }

    /// <summary>One of <c>=</c>, <c>&lt;&gt;</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c>, <c>in</c>, <c>like</c>, <c>isNull</c>, <c>isNotNull</c>.</summary>
    public required string Op { get; init; }

    /// <summary>A string, a number, true or false; for <c>in</c> a list of 1 to 1,000 of them; nothing for <c>isNull</c> and <c>isNotNull</c>.</summary>
    public JsonElement? Value { get; init; }
}

/// <summary>Where batches go.</summary>
public sealed record PostDefinition
{
    /// <summary>An absolute http or https address without credentials, at most 2,000 characters.</summary>
    public required string Url { get; init; }

    /// <summary>Headers to send along, at most 50. <c>{secret:name}</c> in a value stands for the setting <c>Scheduler:Secrets:name</c>.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>How long one call may take: one millisecond to ten minutes. Absent: thirty seconds.</summary>
    public TimeSpan? Timeout { get; init; }
}
