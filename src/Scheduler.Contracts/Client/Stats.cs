using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>How long one point of a series is.</summary>
[JsonConverter(typeof(CamelCaseEnum<StatsBucket>))]
public enum StatsBucket
{
    /// <summary>Not set.</summary>
    None = 0,
    /// <summary>An hour.</summary>
    Hour,
    /// <summary>A day, in UTC.</summary>
    Day,
}

/// <summary>Which executions to count.</summary>
public sealed record StatsQuery
{
    /// <summary>Only those of this task, also of one of that name that was deleted; null: of all.</summary>
    public string? Task { get; init; }
    /// <summary>Ended in or after the bucket of this instant; null: 24 hours or 30 days before the end.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Ended before it, or in its bucket; null: now.</summary>
    public DateTimeOffset? To { get; init; }
    /// <summary>How long a point is. There are at most 1,000.</summary>
    public StatsBucket Bucket { get; init; } = StatsBucket.Hour;
}

/// <summary>Executions by when and how they ended.</summary>
public sealed record StatsView
{
    /// <summary>How long a point is.</summary>
    public required StatsBucket Bucket { get; init; }
    /// <summary>All points in their order, those without executions included.</summary>
    public required IReadOnlyList<StatsPoint> Items { get; init; }
}

/// <summary>The executions that ended in one bucket, each counted once.</summary>
public sealed record StatsPoint
{
    /// <summary>When the bucket begins.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>How they ended.</summary>
    public required EndedCounts Executions { get; init; }
    /// <summary>Rows that they processed.</summary>
    public required long Rows { get; init; }
    /// <summary>From an execution's start to its end; null where none had started.</summary>
    public StatsTimes? Duration { get; init; }
    /// <summary>From an execution's scheduled time to its start; null where none had started.</summary>
    public StatsTimes? Lateness { get; init; }
}

/// <summary>Executions by how they ended.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Succeeded">Succeeded.</param>
/// <param name="Failed">Failed.</param>
/// <param name="TimedOut">Timed out.</param>
/// <param name="Cancelled">Cancelled.</param>
/// <param name="Skipped">Skipped.</param>
public readonly record struct EndedCounts(long Total, long Succeeded, long Failed, long TimedOut, long Cancelled, long Skipped);

/// <summary>Durations of some executions, to the millisecond.</summary>
/// <param name="Average">The average.</param>
/// <param name="Longest">The longest.</param>
public readonly record struct StatsTimes(TimeSpan Average, TimeSpan Longest);
