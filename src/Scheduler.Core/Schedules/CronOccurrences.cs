using System.Collections.Concurrent;
using Quartz;

namespace Scheduler.Schedules;

/// <summary>
/// A cron expression in a time zone. Quartz keeps the rules of <see cref="Schedule"/> but for two: at the end of a spring gap it also
/// makes up for what an expression that names every hour would have done within it, and asked from within an autumn hour's second
/// pass it is due again. Those are passed over here.
/// </summary>
sealed class CronOccurrences : Occurrences
{
    const int CacheCapacity = 4096;
    static readonly ConcurrentDictionary<(string Cron, string? TimeZone), CronOccurrences> Cache = [];

    readonly CronExpression expression;
    readonly CronExpression wallClock; // the same expression read in UTC: whether it names what a clock shows
    readonly TimeZoneInfo zone;
    readonly bool namesEveryHour;
    readonly bool saysEverySoOften;

    CronOccurrences(CronExpression parsed, TimeZoneInfo zone)
    {
        (expression, wallClock, this.zone) = (parsed.WithTimeZone(zone), parsed.WithTimeZone(TimeZoneInfo.Utc), zone);
        var fields = Fields(parsed.CronExpressionString);
        namesEveryHour = NamesEveryHour(fields[2]);
        saysEverySoOften = fields[..3].Any(field => field.AsSpan().ContainsAny("*/-"));
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
        while (IsNone(after));
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
        while (IsNone(before));
        return before;
    }

    /// <summary>Whether what Quartz found is no occurrence by the rules of <see cref="Schedule"/>.</summary>
    bool IsNone(DateTimeOffset instant)
    {
        if (!zone.SupportsDaylightSavingTime) return false;
        var clock = TimeZoneInfo.ConvertTime(instant, zone);
        return (namesEveryHour && !wallClock.IsSatisfiedBy(new DateTimeOffset(clock.DateTime, TimeSpan.Zero)))
            || (!saysEverySoOften && zone.IsAmbiguousTime(clock.DateTime) && clock.Offset != zone.GetAmbiguousTimeOffsets(clock.DateTime).Max());
    }

    static bool NamesEveryHour(string hours)
    {
        var anyDay = CronExpression.Parse($"0 0 {hours} * * ?").WithTimeZone(TimeZoneInfo.Utc);
        return Enumerable.Range(0, 24).All(hour => anyDay.IsSatisfiedBy(new DateTimeOffset(2001, 1, 1, hour, 0, 0, TimeSpan.Zero)));
    }

    static string[] Fields(string cron) => cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
