using System.Globalization;

namespace Scheduler.Schedules;

/// <summary>
/// How a cron expression is written, part by part. The library that finds the times reads past what it does not understand, and an expression would
/// be due at other times than it says.
/// </summary>
static class CronText
{
    const int FirstYear = 1970, LastYear = 2099;

    static readonly string[] Macros = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    static readonly Field Seconds = new("seconds", 0, 59, "*, 0 to 59, a range such as 10-20, or a step such as */15");
    static readonly Field Minutes = Seconds with { Name = "minutes" };
    static readonly Field Hours = new("hours", 0, 23, "*, 0 to 23, a range such as 8-17, or a step such as */2");
    static readonly Field DayOfMonth = new("day of month", 1, 31, "*, ?, 1 to 31, a range such as 1-7, a step such as */2, L, L-3, LW, L-3W or 15W");
    static readonly Field Month = new("month", 1, 12, "*, 1 to 12, JAN to DEC, a range such as JAN-MAR, or a step such as */3") { Names = Months };
    static readonly Field DayOfWeek = new("day of week", 1, 7, "*, ?, 1 to 7 (1 is Sunday), SUN to SAT, a range such as MON-FRI, a step such as */2, L, FRIL or FRI#2") { Names = Days };
    static readonly Field UnixDayOfWeek = new("day of week", 0, 7, "*, ?, 0 to 7 (0 and 7 are Sunday), SUN to SAT, a range such as MON-FRI, a step such as */2, L, FRIL or FRI#2") { Names = Days };
    static readonly Field Year = new("year", FirstYear, LastYear, "*, 1970 to 2099, a range such as 2026-2030, or a step such as 2026/2") { Wraps = false };

    static readonly Field[] Quartz = [Seconds, Minutes, Hours, DayOfMonth, Month, DayOfWeek, Year];
    static readonly Field[] Unix = [Minutes, Hours, DayOfMonth, Month, UnixDayOfWeek];

    /// <param name="Name">What it says.</param>
    /// <param name="Low">Its smallest number.</param>
    /// <param name="High">Its greatest, and the greatest step.</param>
    /// <param name="Expected">What may stand in it, for people.</param>
    sealed record Field(string Name, int Low, int High, string Expected)
    {
        public string[] Names { get; init; } = [];

        /// <summary>Whether a range may go on from the greatest number with the smallest.</summary>
        public bool Wraps { get; init; } = true;

        public bool IsOfMonth => Name == DayOfMonth.Name;

        public bool IsOfWeek => Name == DayOfWeek.Name;
    }

    /// <summary>What is wrong with an expression: where, what was expected and what stands there; null where nothing is.</summary>
    public static string? Fault(string cron)
    {
        var texts = CronOccurrences.Fields(cron);
        if (cron.TrimStart().StartsWith('@'))
            return texts is [var macro] && Macros.Contains(macro, StringComparer.OrdinalIgnoreCase) ? null : $"expected one of {string.Join(", ", Macros)}";
        if (texts.Length is < 5 or > 7) return $"it has {texts.Length}";
        var fields = texts.Length == 5 ? Unix : Quartz;
        return Enumerable.Range(0, texts.Length).Select(i => Fault(fields[i], texts[i]) is { } fault ? $"field {i + 1}, {fields[i].Name}: {fault}" : null).FirstOrDefault(fault => fault is not null);
    }

    static string? Fault(Field field, string text)
    {
        var parts = text.Split(',');
        foreach (var part in parts)
        {
            if (!IsPart(field, part.ToUpperInvariant())) return $"expected {field.Expected}, got \"{part}\"{(parts.Length > 1 ? $" in \"{text}\"" : "")}";
            if (parts.Length > 1 && StandsAlone(field, part)) return $"expected \"{part}\" alone, got \"{text}\"";
        }
        return null;
    }

    /// <summary>Whether a part says something of the whole field: there is nothing to add to it.</summary>
    static bool StandsAlone(Field field, string part) => part == "?" || field.IsOfWeek && part.IndexOfAny(['L', 'l', '#']) >= 0;

    static bool IsPart(Field field, string part)
    {
        if (part == "?") return field.IsOfMonth || field.IsOfWeek;
        if (field.IsOfMonth && IsOfMonth(part) || field.IsOfWeek && IsOfWeek(field, part)) return true;
        return part.IndexOf('/') is >= 0 and var slash
            ? IsNumber(part[(slash + 1)..], 1, field.High) && (slash == 0 || part[..slash] == "*" || IsValue(field, part[..slash]) || IsRange(field, part[..slash]))
            : part == "*" || IsValue(field, part) || IsRange(field, part);
    }

    /// <summary>A number or a name.</summary>
    static bool IsValue(Field field, string text) => IsNumber(text, field.Low, field.High) || field.Names.Contains(text);

    /// <summary>Two numbers, or two names.</summary>
    static bool IsRange(Field field, string text) => text.Split('-') is [var first, var last]
        && (field.Names.Contains(first) && field.Names.Contains(last)
            || IsNumber(first, field.Low, field.High) && IsNumber(last, field.Wraps ? field.Low : Number(first), field.High));

    /// <summary>Counted from the month's end, or the workday that is nearest to a day.</summary>
    static bool IsOfMonth(string part) => part is "L" or "LW" || part.EndsWith('W') && IsNumber(part[..^1], 1, 31)
        || part.StartsWith("L-", StringComparison.Ordinal) && IsNumber(part[2..].EndsWith('W') ? part[2..^1] : part[2..], 0, 30);

    /// <summary>Saturday, the last such day of the month, or the first to fifth.</summary>
    static bool IsOfWeek(Field field, string part) => part == "L" || part.EndsWith('L') && IsValue(field, part[..^1])
        || part.Split('#') is [var day, var number] && IsValue(field, day) && IsNumber(number, 1, 5);

    static bool IsNumber(string text, int low, int high) => text.Length > 0 && text.All(char.IsAsciiDigit) && Number(text) is var number && low <= number && number <= high;

    static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
}
