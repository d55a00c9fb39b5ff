namespace Scheduler;

/// <summary>Which tasks to list.</summary>
public sealed record TaskQuery
{
    /// <summary>Only those of this status; null: all but the deleted.</summary>
    public ScheduledTaskStatus? Status { get; init; }
    /// <summary>Only those whose name contains this.</summary>
    public string? Search { get; init; }
    /// <summary><see cref="Page{T}.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>Which executions to list.</summary>
public sealed record ExecutionQuery
{
    /// <summary>Only those of this task.</summary>
    public string? Task { get; init; }
    /// <summary>Only those of this status.</summary>
    public ExecutionStatus? Status { get; init; }
    /// <summary>Only those scheduled at or after this instant.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Only those scheduled before this instant.</summary>
    public DateTimeOffset? To { get; init; }
    /// <summary><see cref="Page{T}.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>Which databases to list.</summary>
public sealed record DatabaseQuery
{
    /// <summary><see cref="Page{T}.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>Which shards to list.</summary>
public sealed record ShardQuery
{
    /// <summary>Only those of this status.</summary>
    public ShardStatus? Status { get; init; }
    /// <summary>Only those of this database.</summary>
    public string? Database { get; init; }
    /// <summary><see cref="Page{T}.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}
