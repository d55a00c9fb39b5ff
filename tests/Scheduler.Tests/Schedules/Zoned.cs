using System.Globalization;
using Scheduler.Schedules;

namespace Scheduler.Tests.Schedules;

/// <summary>Schedules by example: instants as the zone's clock shows them.</summary>
static class Zoned
{
    public static ScheduleDefinition Cron(string cron, string? zone = null) => new() { Cron = cron, TimeZone = zone };

    public static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The first occurrences after an instant, with the zone's offset.</summary>
    public static string[] Next(ScheduleDefinition schedule, string after, int count, string createdAt = "2020-01-01T00:00:00Z")
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone ?? "UTC");
        return [.. All(schedule, At(createdAt), At(after)).Take(count).Select(next => TimeZoneInfo.ConvertTime(next, zone).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture))];
    }

    public static IEnumerable<DateTimeOffset> All(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after)
    {
        for (var next = Schedule.Next(schedule, createdAt, after); next is { } instant; next = Schedule.Next(schedule, createdAt, instant)) yield return instant;
    }
}
