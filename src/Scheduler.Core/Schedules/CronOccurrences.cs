using System.Collections.Concurrent;
using Quartz;

namespace Scheduler.Schedules;

/// <summary>
/// A cron expression in a time zone. Quartz says at which times of a clock it is due, without any zone; what the zone's clock shows when, and
/// what follows where it is put on or back (the rules of <see cref="Schedule"/>), is found here. Between two changes of the
/// clock an instant is its time less one offset; a zone is taken to have at most one change within <see cref="Near"/>.
/// </summary>
sealed class CronOccurrences : Occurrences
{
    const int CacheCapacity = 4096;
    static readonly ConcurrentDictionary<(string Cron, string? TimeZone), CronOccurrences> Cache = [];

    /// <summary>Longer than any change puts a clock on or back (a day), twice.</summary>
    static readonly TimeSpan Near = TimeSpan.FromHours(49);

    readonly CronExpression times; // read in UTC: what a clock shows
    readonly ZoneClock clock;
    readonly bool namesEveryHour, saysEverySoOften;

    CronOccurrences(CronExpression parsed, TimeZoneInfo zone)
    {
        (times, clock) = (parsed.WithTimeZone(TimeZoneInfo.Utc), new(zone));
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
    public static CronExpression Parse(string cron) => CronExpression.Parse(cron, Fields(cron).Length == 5 ? CronFormat.Unix : CronFormat.Quartz);

    public override DateTimeOffset? Next(DateTimeOffset after)
    {
        var (at, offset) = (after.UtcTicks, clock.Offset(after.UtcTicks));
        // From within a second pass that is none's.
        if (!saysEverySoOften && clock.SecondPass(at) is { } pass) at = pass.End - 1;
        var seen = at; // up to where changes were looked at
        while (After(at + offset) is { } time)
        {
            var due = time - offset;
            var isNear = due - at <= Near.Ticks;
            if (clock.Change(seen, isNear ? due : at + Near.Ticks) is not { } change)
            {
                if (isNear) return Instant(due);
                at = seen = due - Near.Ticks;
                offset = clock.Offset(at);
                continue;
            }
            // No time comes before the clock changes.
            if (!namesEveryHour && time < change.At + change.After) return Instant(change.At);
            (seen, offset) = (change.At, change.After);
            at = (saysEverySoOften ? change.At : change.At + Math.Max(0, change.Before - change.After)) - 1;
        }
        return null;
    }

    public override DateTimeOffset? Latest(DateTimeOffset until)
    {
        var (at, offset) = (until.UtcTicks, clock.Offset(until.UtcTicks));
        while (UpTo(at + offset) is { } time)
        {
            var due = time - offset;
            var isNear = at - due <= Near.Ticks;
            if (clock.Change(isNear ? due : at - Near.Ticks, at) is not { } change)
            {
                if (!isNear)
                {
                    at = due + Near.Ticks;
                    offset = clock.Offset(at);
                    continue;
                }
                if (saysEverySoOften || clock.SecondPass(due) is not { } pass) return Instant(due);
                (at, offset) = (pass.Start - 1, clock.Offset(pass.Start - 1));
                continue;
            }
            // The clock has changed since the last time that it showed.
            if (!namesEveryHour && time >= change.At + change.Before && time < change.At + change.After) return Instant(change.At);
            (at, offset) = (change.At - 1, change.Before);
        }
        return null;
    }

    /// <summary>The first time of a clock after another, in ticks.</summary>
    long? After(long time) => times.GetNextValidTimeAfter(Clamped(time))?.UtcTicks;

    /// <summary>The latest time of a clock up to another, in ticks.</summary>
    long? UpTo(long time)
    {
        var whole = Clamped(time);
        return times.GetPreviousValidTimeBefore(whole.AddTicks(-(whole.Ticks % TimeSpan.TicksPerSecond)).AddSeconds(1))?.UtcTicks;
    }

    // Not to the ends of time: the library looks a little beyond.
    static DateTimeOffset Clamped(long ticks) => new(Math.Clamp(ticks, TimeSpan.TicksPerDay, DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerDay), TimeSpan.Zero);

    static DateTimeOffset Instant(long ticks) => Clamped(ticks);

    static bool NamesEveryHour(string hours)
    {
        var anyDay = CronExpression.Parse($"0 0 {hours} * * ?").WithTimeZone(TimeZoneInfo.Utc);
        return Enumerable.Range(0, 24).All(hour => anyDay.IsSatisfiedBy(new DateTimeOffset(2001, 1, 1, hour, 0, 0, TimeSpan.Zero)));
    }

    /// <summary>What stands between its blanks.</summary>
    public static string[] Fields(string cron) => cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
