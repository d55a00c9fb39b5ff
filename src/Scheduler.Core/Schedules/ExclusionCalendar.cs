using System.Runtime.CompilerServices;

namespace Scheduler.Schedules;

/// <summary>
/// A calendar as a question after instants: whether its zone's clock shows a time that it excludes. A time that happens twice in autumn is
/// excluded twice, one that does not exist is not missed.
/// </summary>
sealed class ExclusionCalendar
{
    static readonly ConditionalWeakTable<CalendarDefinition, ExclusionCalendar> Known = [];

    readonly TimeZoneInfo zone;
    readonly (DateOnly First, DateOnly Last)[] dates;
    readonly HashSet<(int Month, int Day)> yearly;
    readonly (TimeSpan From, TimeSpan To)[][] week; // by day of the week, Sunday first, none over midnight

    ExclusionCalendar(CalendarDefinition definition)
    {
        zone = definition.TimeZone is { } id ? TimeZoneInfo.FindSystemTimeZoneById(id) : TimeZoneInfo.Utc;
        var days = (definition.Dates ?? []).Select(text => CalendarDays.TryParse(text, out var day) ? day : throw new ArgumentException($"expected a date, got \"{text}\"", nameof(definition))).ToArray();
        dates = [.. days.Where(day => !day.IsYearly).Select(day => (day.First, day.Last))];
        yearly = [.. days.Where(day => day.IsYearly).Select(day => (day.First.Month, day.First.Day))];
        var windows = (definition.Weekly ?? []).SelectMany(window => CalendarDays.Windows(window)).ToLookup(window => window.Day, window => (window.From, window.To));
        week = [.. Enumerable.Range(0, 7).Select(day => windows[(DayOfWeek)day].ToArray())];
    }

    /// <summary>That of a definition which <see cref="CalendarCheck"/> finds nothing wrong with.</summary>
    public static ExclusionCalendar Of(CalendarDefinition definition) => Known.GetValue(definition, each => new(each));

    public bool Excludes(DateTimeOffset instant) => Stretch(Shown(instant)) is not null;

    /// <summary>An instant after an excluded one; up to it, and not further than a day, all are excluded. The instant itself where it is not excluded.</summary>
    public DateTimeOffset Forward(DateTimeOffset instant)
    {
        var shown = Shown(instant);
        return Stretch(shown) is { } stretch ? Unbroken(instant, instant + (stretch.To - shown)) : instant;
    }

    /// <summary>An instant before an excluded one; from just after it, and not further than a day, all are excluded. The instant itself where it is not excluded.</summary>
    public DateTimeOffset Back(DateTimeOffset instant)
    {
        var shown = Shown(instant);
        return Stretch(shown) is { } stretch ? Unbroken(instant, instant - (shown - stretch.From)).AddTicks(-1) : instant;
    }

    /// <summary>The excluded part of the day around a clock's time; null where that is not excluded.</summary>
    (DateTime From, DateTime To)? Stretch(DateTime shown)
    {
        var day = DateOnly.FromDateTime(shown);
        if (yearly.Contains((day.Month, day.Day)) || Array.Exists(dates, range => range.First <= day && day <= range.Last)) return (shown.Date, shown.Date.AddDays(1));
        foreach (var (from, to) in week[(int)shown.DayOfWeek])
            if (from <= shown.TimeOfDay && shown.TimeOfDay < to) return (shown.Date + from, shown.Date + to);
        return null;
    }

    /// <summary>Where the clock is put on or back between two instants, what it shows there is looked at anew: the change instead of <paramref name="to"/>.</summary>
    DateTimeOffset Unbroken(DateTimeOffset from, DateTimeOffset to)
    {
        if (zone.GetUtcOffset(to) == zone.GetUtcOffset(from) && to > from) return to;
        if (to <= from && zone.GetUtcOffset(to.AddTicks(-1)) == zone.GetUtcOffset(from)) return to;
        // Forwards the first instant of the new offset; backwards the first of the present one.
        var (early, late) = to > from ? (from.UtcTicks, to.UtcTicks) : (to.UtcTicks - 1, from.UtcTicks);
        var known = zone.GetUtcOffset(new DateTimeOffset(early, TimeSpan.Zero));
        while (late - early > 1)
        {
            var middle = early + (late - early) / 2;
            if (zone.GetUtcOffset(new DateTimeOffset(middle, TimeSpan.Zero)) == known) early = middle;
            else late = middle;
        }
        return new(late, TimeSpan.Zero);
    }

    DateTime Shown(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, zone).DateTime;
}
