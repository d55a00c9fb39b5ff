using System.Collections.Concurrent;
using Quartz;

namespace Scheduler.Schedules;

/// <summary>
/// A cron expression in a time zone. Quartz knows the rules of <see cref="Schedule"/> but for one: at the end of a spring gap it also
/// makes up for what an expression that names every hour would have done within it. Those are passed over here.
/// </summary>
sealed class CronOccurrences : Occurrences
{
    const int CacheCapacity = 4096;
    static readonly ConcurrentDictionary<(string Cron, string? TimeZone), CronOccurrences> Cache = [];

    readonly CronExpression expression;
    readonly CronExpression? wallClock; // the same expression read in UTC, where it names every hour and its zone changes its clocks

    CronOccurrences(CronExpression parsed, TimeZoneInfo zone)
    {
        expression = parsed.WithTimeZone(zone);
        if (zone.SupportsDaylightSavingTime && NamesEveryHour(parsed)) wallClock = parsed.WithTimeZone(TimeZoneInfo.Utc);
    }

    /// <summary>Those of an expression that <see cref="ScheduleCheck"/> finds nothing wrong with; kept for the next time.</summary>
    public static CronOccurrences Of(string cron, string? timeZone)
    {
        if (Cache.TryGetValue((cron, timeZone), out var known)) return known;
        if (Cache.Count >= CacheCapacity) Cache.Clear();
        return Cache[(cron, timeZone)] = new(Parse(cron), timeZone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(timeZone));
    }

    /// <summary>The expression; five fields are Unix's.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static CronExpression Parse(string cron) => CronExpression.Parse(cron, FieldCount(cron) == 5 ? CronFormat.Unix : CronFormat.Quartz);

    public static int FieldCount(string cron) => Fields(cron).Length;

    public override DateTimeOffset? Next(DateTimeOffset after)
    {
        do
        {
            if (expression.GetNextValidTimeAfter(after) is not { } next) return null;
            after = next.ToUniversalTime();
        }
        while (MakesUpForNothing(after));
        return after;
    }

    public override DateTimeOffset? Latest(DateTimeOffset until)
    {
        var before = new DateTimeOffset(until.UtcTicks - until.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddSeconds(1);
        do
        {
            if (expression.GetPreviousValidTimeBefore(before) is not { } previous) return null;
            before = previous.ToUniversalTime();
        }
        while (MakesUpForNothing(before));
        return before;
    }

    bool MakesUpForNothing(DateTimeOffset instant) =>
        wallClock is not null && !wallClock.IsSatisfiedBy(new DateTimeOffset(TimeZoneInfo.ConvertTime(instant, expression.TimeZone).DateTime, TimeSpan.Zero));

    static bool NamesEveryHour(CronExpression parsed)
    {
        var anyDay = CronExpression.Parse($"0 0 {Fields(parsed.CronExpressionString)[2]} * * ?").WithTimeZone(TimeZoneInfo.Utc);
        return Enumerable.Range(0, 24).All(hour => anyDay.IsSatisfiedBy(new DateTimeOffset(2001, 1, 1, hour, 0, 0, TimeSpan.Zero)));
    }

    static string[] Fields(string cron) => cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
