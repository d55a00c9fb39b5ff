using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Scheduler;

/// <summary>How durations, times and enumerations are written, in bodies and in query strings alike.</summary>
public static partial class WireText
{
    /// <summary>What <see cref="TryDuration"/> expects, for messages.</summary>
    public const string ADuration = "a duration hh:mm:ss[.fff] such as \"01:30:00\" (days as \"2.00:00:00\")";

    /// <summary>What <see cref="TryTime"/> expects, for messages.</summary>
    public const string ATime = "a time with offset such as \"2026-01-31T08:00:00+08:00\"";

    /// <summary>Reads <c>[-][d.]hh:mm:ss[.fffffff]</c>; hours end at 23, minutes and seconds at 59.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        return DurationForm().IsMatch(text) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration);
    }

    /// <summary>Reads an RFC 3339 time; without offset it is refused, for it would mean another instant on another machine.</summary>
    public static bool TryTime(string text, out DateTimeOffset time)
    {
        time = default;
        return TimeForm().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    /// <summary>The duration as <see cref="TryDuration"/> reads it, with no more digits than it has.</summary>
    public static string Of(TimeSpan duration)
    {
        var text = duration.ToString("c", CultureInfo.InvariantCulture);
        return duration.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
    }

    /// <summary>The instant in UTC as <see cref="TryTime"/> reads it; it needs no escaping in a URL.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture);

    /// <summary>The member's name on the wire.</summary>
    public static string Of<TEnum>(TEnum member) where TEnum : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(member.ToString());

    /// <summary>The names on the wire of an enumeration's members, but for zero, which stands for nothing.</summary>
    /// <param name="enumeration">The enumeration.</param>
    public static IReadOnlyList<string> NamesOf(Type enumeration) =>
        [.. Enum.GetValues(enumeration).Cast<object>().Where(member => Convert.ToInt64(member, CultureInfo.InvariantCulture) != 0).Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.ToString()!))];

    /// <summary>Some words, quoted, for messages.</summary>
    /// <param name="words">The words.</param>
    public static string OneOf(IEnumerable<string> words) => "one of " + string.Join(", ", words.Select(word => $"\"{word}\""));

    /// <summary>Did-you-mean as the end of a message; empty where nothing is near.</summary>
    /// <param name="given">The unknown word.</param>
    /// <param name="known">The known words.</param>
    public static string DidYouMean(string given, IEnumerable<string> known) => Suggestion.For(given, known) is { } near ? $". Did you mean \"{near}\"?" : "";

    /// <summary>The text in quotes, cut after 64 characters, for messages.</summary>
    /// <param name="text">What was given.</param>
    public static string Quote(string text) => text.Length <= 64 ? $"\"{text}\"" : $"\"{text.AsSpan(0, 63)}…\"";

    [GeneratedRegex(@"^-?([0-9]{1,8}\.)?[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DurationForm();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?([Zz]|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimeForm();
}
