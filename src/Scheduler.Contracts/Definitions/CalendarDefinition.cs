using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>Times at which nothing is due, shared by the tasks whose schedules name them (<see cref="ScheduleDefinition.Calendars"/>).</summary>
public sealed record CalendarDefinition
{
    /// <summary>Unique in the tenant: 1 to 127 of letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, the first a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>For people; at most 1,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>The IANA zone whose clock and days these are. Absent: UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Whole days: <c>2026-12-25</c>, from one to another <c>2026-12-24/2026-12-26</c> (both included), or each year <c>--12-25</c>; at most 1,000.</summary>
    public IReadOnlyList<string>? Dates { get; init; }

    /// <summary>Times of the week; at most 100.</summary>
    public IReadOnlyList<WeeklyWindow>? Weekly { get; init; }
}

/// <summary>The same time on some days of each week. One whose end is not after its start goes on into the day after.</summary>
public sealed record WeeklyWindow
{
    /// <summary>The days on which it starts; at least one.</summary>
    public required IReadOnlyList<Weekday> Days { get; init; }

    /// <summary>When it starts by the zone's clock, <c>hh:mm</c> or <c>hh:mm:ss</c>; included.</summary>
    public string From { get; init; } = "00:00";

    /// <summary>When it ends, up to <c>24:00</c>; not included.</summary>
    public string To { get; init; } = "24:00";
}

/// <summary>A day of the week.</summary>
[JsonConverter(typeof(CamelCaseEnum<Weekday>))]
public enum Weekday
{
    /// <summary>Not set.</summary>
    None = 0,
    /// <summary>Monday.</summary>
    Monday,
    /// <summary>Tuesday.</summary>
    Tuesday,
    /// <summary>Wednesday.</summary>
    Wednesday,
    /// <summary>Thursday.</summary>
    Thursday,
    /// <summary>Friday.</summary>
    Friday,
    /// <summary>Saturday.</summary>
    Saturday,
    /// <summary>Sunday.</summary>
    Sunday,
}
