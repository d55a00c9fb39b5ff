namespace Scheduler.Schedules;

/// <summary>A zone's clock: how far it is from UTC, and when that changes. Everything in ticks.</summary>
sealed class ZoneClock(TimeZoneInfo zone)
{
    readonly bool isSteady = zone.GetAdjustmentRules().Length == 0;

    public long Offset(long utc) => isSteady ? zone.BaseUtcOffset.Ticks : zone.GetUtcOffset(new DateTimeOffset(Math.Clamp(utc, TimeSpan.TicksPerDay, DateTimeOffset.MaxValue.Ticks - TimeSpan.TicksPerDay), TimeSpan.Zero)).Ticks;

    /// <summary>The first instant after one and up to another at which the clock is another's distance from UTC; null where there is none. Two changes that undo each other between them are not seen.</summary>
    public (long At, long Before, long After)? Change(long after, long until)
    {
        var (before, late) = (Offset(after), until);
        if (isSteady || Offset(until) == before) return null;
        for (var early = after; late - early > 1;)
        {
            var middle = early + (late - early) / 2;
            if (Offset(middle) == before) early = middle;
            else late = middle;
        }
        return (late, before, Offset(late));
    }

    /// <summary>The stretch around an instant whose times the clock showed before, in the last day; null where it shows new ones.</summary>
    public (long Start, long End)? SecondPass(long utc) =>
        Change(utc - TimeSpan.TicksPerDay, utc) is { } change && change.Before > change.After && utc < change.At + (change.Before - change.After) ? (change.At, change.At + (change.Before - change.After)) : null;
}
