using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>When a task is due: exactly one of <see cref="Cron"/>, <see cref="Every"/>, <see cref="At"/>.</summary>
public sealed record ScheduleDefinition
{
    /// <summary>A cron expression: six or seven fields as Quartz writes them (seconds first, <c>L W #</c>, names), or the five fields of Unix; at most 1,000 characters.</summary>
    public string? Cron { get; init; }

    /// <summary>The IANA zone that <see cref="Cron"/> is read in, such as <c>Asia/Shanghai</c>. Absent: UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Fixed rate, counted from the task's creation or <see cref="StartAt"/>: one millisecond to 366 days, in whole milliseconds.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>One occurrence at this instant. In the past it is due at once.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>No occurrence before this instant.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>No occurrence at or after this instant; it lies after <see cref="StartAt"/>.</summary>
    public DateTimeOffset? EndAt { get; init; }

    /// <summary>What happens with occurrences that were due while nobody could start them.</summary>
    public MisfirePolicy Misfire { get; init; } = MisfirePolicy.FireOnce;
}

/// <summary>What happens with occurrences that were due while nobody could start them (later than the misfire threshold, one minute by default).</summary>
[JsonConverter(typeof(CamelCaseEnum<MisfirePolicy>))]
public enum MisfirePolicy
{
    /// <summary>They are dropped; the next one in time runs.</summary>
    Skip = 1,
    /// <summary>One execution stands for all of them; it carries the latest of their instants.</summary>
    FireOnce,
    /// <summary>Each of them runs, the oldest first, up to a bound (100 by default, the latest are kept).</summary>
    CatchUp,
}
