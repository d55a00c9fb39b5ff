namespace Scheduler;

/// <summary>An exclusion calendar as it stands.</summary>
public sealed record CalendarView
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }
    /// <summary>Grows with every change; the ETag over HTTP.</summary>
    public required long Version { get; init; }
    /// <summary>The definition.</summary>
    public required CalendarDefinition Definition { get; init; }
    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Which calendars to list.</summary>
public sealed record CalendarQuery
{
    /// <summary><see cref="Page{T}.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>A schedule to look at before a task has it.</summary>
public sealed record SchedulePreview
{
    /// <summary>The schedule.</summary>
    public required ScheduleDefinition Schedule { get; init; }
    /// <summary>When the task would be created; absent: now.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>Occurrences after this instant; absent: after <see cref="CreatedAt"/>.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>How many, 1 to 1,000.</summary>
    public int Count { get; init; } = 10;
}
