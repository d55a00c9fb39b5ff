using System.Globalization;
using System.Text.RegularExpressions;

namespace Scheduler;

/// <summary>Values of time columns, judged one by one: rows of another form or unit would be passed over without a word.</summary>
static partial class SqlTimeValues
{
    /// <summary>The form of text that is ordered as its instants are.</summary>
    public const string Form = "text such as \"2026-01-31 08:00:00\" in UTC, with one separator in all rows";

    // So long ago that no row of a living table changed last before it, so far ahead that no clock is that wrong.
    static readonly DateTimeOffset earliest = new(1990, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan farthest = TimeSpan.FromDays(3653);

    static readonly (string Name, long PerSecond)[] units = [("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000), ("nanoseconds", 1_000_000_000)];

    /// <summary>What stands between date and time; null where the text has another form.</summary>
    public static char? SeparatorOf(string text) => TimeText().IsMatch(text) ? text[10] : null;

    /// <summary>The unit in which an epoch is an instant of our days, where its declared one makes none of it; null where it does, or where none does.</summary>
    public static string? OtherUnit(long value, SqlTimeType type, DateTimeOffset now)
    {
        var declared = type == SqlTimeType.EpochSeconds ? 1 : 1_000;
        return IsOfOurDays(declared) ? null : units.FirstOrDefault(unit => IsOfOurDays(unit.PerSecond)).Name;

        bool IsOfOurDays(long perSecond) => value / perSecond is var seconds && seconds >= earliest.ToUnixTimeSeconds() && seconds <= (now + farthest).ToUnixTimeSeconds();
    }

    /// <summary>A value as messages show it.</summary>
    public static string Shown(object value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: <= 40 } text ? WireText.Quote(text) : $"{WireText.Quote(Convert.ToString(value, CultureInfo.InvariantCulture)![..40])}…";

    // Without seconds, a row could come to stand in a minute or a day that was read; another zone than UTC has another order.
    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00(:?00)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimeText();
}
