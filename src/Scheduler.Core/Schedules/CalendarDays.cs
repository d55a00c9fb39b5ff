using System.Globalization;

namespace Scheduler.Schedules;

/// <summary>What a calendar's texts say: days, and times of day.</summary>
readonly record struct CalendarDays(DateOnly First, DateOnly Last, bool IsYearly)
{
    static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary><c>2026-12-25</c>, <c>2026-12-24/2026-12-26</c> or <c>--12-25</c>; yearly ones are days of a leap year.</summary>
    public static bool TryParse(string? text, out CalendarDays days)
    {
        days = default;
        if (text is null) return false;
        if (text.StartsWith("--", StringComparison.Ordinal))
        {
            if (!TryDay($"2000-{text[2..]}", out var yearly)) return false;
            days = new(yearly, yearly, true);
            return true;
        }
        var (one, other) = text.IndexOf('/') is >= 0 and var slash ? (text[..slash], text[(slash + 1)..]) : (text, text);
        if (!TryDay(one, out var first) || !TryDay(other, out var last)) return false;
        days = new(first, last, false);
        return true;
    }

    /// <summary><c>hh:mm</c> or <c>hh:mm:ss</c>, up to <c>24:00</c>.</summary>
    public static bool TryTime(string? text, out TimeSpan time)
    {
        if (text is "24:00" or "24:00:00")
        {
            time = Day;
            return true;
        }
        return TimeSpan.TryParseExact(text, ["hh\\:mm", "hh\\:mm\\:ss"], CultureInfo.InvariantCulture, out time);
    }

    /// <summary>The parts of single days that a window is made of.</summary>
    public static IEnumerable<(DayOfWeek Day, TimeSpan From, TimeSpan To)> Windows(WeeklyWindow window)
    {
        if (!TryTime(window.From, out var from) || !TryTime(window.To, out var to)) throw new ArgumentException($"expected times, got \"{window.From}\" and \"{window.To}\"", nameof(window));
        foreach (var weekday in window.Days)
        {
            var day = (DayOfWeek)((int)weekday % 7);
            if (from < to)
            {
                yield return (day, from, to);
                continue;
            }
            yield return (day, from, Day);
            yield return ((DayOfWeek)(((int)day + 1) % 7), TimeSpan.Zero, to);
        }
    }

    static bool TryDay(string text, out DateOnly day) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
}
