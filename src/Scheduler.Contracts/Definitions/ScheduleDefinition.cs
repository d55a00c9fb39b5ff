using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>When a task is due: exactly one of <see cref="Cron"/>, <see cref="Every"/>, <see cref="Delay"/>, <see cref="At"/>.</summary>
public sealed record ScheduleDefinition
{
    /// <summary>A cron expression: six or seven fields as Quartz writes them (seconds first, <c>L W #</c>, names), or the five fields of Unix; at most 1,000 characters.</summary>
    public string? Cron { get; init; }

    /// <summary>The IANA zone that <see cref="Cron"/> is read in, such as <c>Asia/Shanghai</c>. Absent: UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Fixed rate, counted from the task's creation or <see cref="StartAt"/>: one millisecond to 366 days, in whole milliseconds.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>
    /// Fixed delay, one millisecond to 366 days, in whole milliseconds: due at once (or at <see cref="StartAt"/>), then each time so long after the last execution has ended,
    /// however it ended and whoever asked for it. While one is open nothing is due, so these never overlap.
    /// </summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>One occurrence at this instant. In the past it is due at once.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>No occurrence before this instant.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>No occurrence at or after this instant; it lies after <see cref="StartAt"/>.</summary>
    public DateTimeOffset? EndAt { get; init; }

    /// <summary>What happens with occurrences that were due while nobody could start them.</summary>
    public MisfirePolicy Misfire { get; init; } = MisfirePolicy.FireOnce;

    /// <summary>How many missed occurrences <see cref="MisfirePolicy.CatchUp"/> makes up for: 1 to the scheduler's bound (100 by default), which holds where this is absent. The latest are kept.</summary>
    public int? CatchUp { get; init; }

    /// <summary>
    /// Puts the start of each occurrence off by up to this, an hour at most and less than <see cref="Every"/> or <see cref="Delay"/>, in whole milliseconds. How far follows from the task
    /// and the occurrence's instant, which stays what it was; occurrences start in their order. It is no lateness: the misfire threshold is counted from its end.
    /// </summary>
    public TimeSpan? Jitter { get; init; }

    /// <summary>Names of exclusion calendars, at most 10: what is due within any of them is left out. With <see cref="Delay"/> it is put off to the calendar's end.</summary>
    public IReadOnlyList<string>? Calendars { get; init; }
}

/// <summary>What happens with occurrences that were due while nobody could start them (later than the misfire threshold, one minute by default).</summary>
[JsonConverter(typeof(CamelCaseEnum<MisfirePolicy>))]
public enum MisfirePolicy
{
    /// <summary>They are dropped, and one skipped execution stands for them; the next one in time runs.</summary>
    Skip = 1,
    /// <summary>One execution stands for all of them, and for what else is due by then; it carries the latest instant.</summary>
    FireOnce,
    /// <summary>Each of them runs, the oldest first, up to <see cref="ScheduleDefinition.CatchUp"/>; one skipped execution stands for those before.</summary>
    CatchUp,
}
