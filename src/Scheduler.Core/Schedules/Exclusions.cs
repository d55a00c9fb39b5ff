using System.Collections.Immutable;

namespace Scheduler.Schedules;

/// <summary>A calendar that a task goes by, as the task has heard of it.</summary>
/// <param name="Revision">Which state of it: grows with every change.</param>
/// <param name="Definition">What it excludes.</param>
public sealed record TaskCalendar(long Revision, CalendarDefinition Definition)
{
    /// <summary>The name.</summary>
    public string Name => Definition.Name;
}

/// <summary>All calendars that a schedule goes by, together. Searches through them are bounded.</summary>
public sealed class Exclusions
{
    /// <summary>How far an unbroken exclusion is followed. What none of these days lets is never due.</summary>
    public static readonly TimeSpan LongestSearch = TimeSpan.FromDays(50 * 366);

    readonly (string Name, ExclusionCalendar Calendar)[] calendars;

    Exclusions(IEnumerable<TaskCalendar> calendars) => this.calendars = [.. calendars.Select(each => (each.Name, ExclusionCalendar.Of(each.Definition)))];

    /// <summary>Nothing is excluded.</summary>
    public static Exclusions None { get; } = new([]);

    /// <summary>Those of some calendars, each of which <see cref="CalendarCheck"/> finds nothing wrong with.</summary>
    public static Exclusions Of(ImmutableArray<TaskCalendar> calendars) => calendars.IsDefaultOrEmpty ? None : new(calendars);

    /// <summary>The first calendar that an instant falls into; null where there is none.</summary>
    public string? By(DateTimeOffset instant)
    {
        foreach (var (name, calendar) in calendars)
            if (calendar.Excludes(instant)) return name;
        return null;
    }

    /// <summary>The first instant from this one on that no calendar excludes; null where <see cref="LongestSearch"/> does not find any.</summary>
    public DateTimeOffset? FreeFrom(DateTimeOffset instant) => Walk(instant, 1, static (calendar, at) => calendar.Forward(at));

    /// <summary>The latest instant up to this one that no calendar excludes; null where <see cref="LongestSearch"/> does not find any.</summary>
    public DateTimeOffset? FreeUntil(DateTimeOffset instant) => Walk(instant, -1, static (calendar, at) => calendar.Back(at));

    DateTimeOffset? Walk(DateTimeOffset instant, int sign, Func<ExclusionCalendar, DateTimeOffset, DateTimeOffset> step)
    {
        var end = Far(instant, sign);
        if (Math.Sign((end - instant).Ticks) != sign) return instant; // the end of time
        for (var at = instant; ;)
        {
            var before = at;
            foreach (var (_, calendar) in calendars) at = step(calendar, at);
            if (at == before) return at;
            if (sign > 0 ? at >= end : at <= end) return null;
        }
    }

    // Not to the ends of time, where clocks of zones have no days before or after.
    static DateTimeOffset Far(DateTimeOffset instant, int sign)
    {
        var (first, last) = (DateTimeOffset.MinValue.UtcTicks + TimeSpan.TicksPerDay * 3, DateTimeOffset.MaxValue.UtcTicks - TimeSpan.TicksPerDay * 3);
        return new(Math.Clamp(instant.UtcTicks + sign * LongestSearch.Ticks, first, last), TimeSpan.Zero);
    }
}
