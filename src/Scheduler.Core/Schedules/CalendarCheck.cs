using Scheduler.Definitions;

namespace Scheduler.Schedules;

/// <summary>What is wrong with an exclusion calendar.</summary>
public static class CalendarCheck
{
    const int LongestDescription = 1000, MostDates = 1000, MostWindows = 100;

    /// <summary>Everything that is wrong, by field; nothing where it is valid.</summary>
    public static IReadOnlyList<FieldError> Check(CalendarDefinition calendar)
    {
        List<FieldError> errors = [];
        if (DefinitionCheck.NameError(calendar.Name) is { } nameError) Wrong("name", nameError);
        if (calendar.Description?.Length > LongestDescription) Wrong("description", $"expected at most {LongestDescription} characters, got {calendar.Description.Length}");
        if (calendar.TimeZone is { } zone && ScheduleCheck.ZoneError(zone) is { } zoneError) Wrong("timeZone", zoneError);
        var (dates, weekly) = (calendar.Dates ?? [], calendar.Weekly ?? []);
        if (dates.Count == 0 && weekly.Count == 0) Wrong("dates", "expected dates or weekly windows, got neither");
        if (dates.Count > MostDates) Wrong("dates", $"expected at most {MostDates}, got {dates.Count}");
        else for (var i = 0; i < dates.Count; i++) CheckDate(i, dates[i]);
        if (weekly.Count > MostWindows) Wrong("weekly", $"expected at most {MostWindows}, got {weekly.Count}");
        else for (var i = 0; i < weekly.Count; i++) CheckWindow($"weekly[{i}]", weekly[i]);
        return errors;

        void CheckDate(int index, string text)
        {
            if (!CalendarDays.TryParse(text, out var days))
                Wrong($"dates[{index}]", $"expected a day such as 2026-12-25, days such as 2026-12-24/2026-12-26, or a day of each year such as --12-25; got {Quoted(text)}");
            else if (days.Last < days.First) Wrong($"dates[{index}]", $"expected a last day that is not before the first, got \"{text}\"");
        }

        void CheckWindow(string field, WeeklyWindow? window)
        {
            if (window?.Days is not { Count: > 0 } days)
            {
                Wrong($"{field}.days", "expected at least one day, got none");
                return;
            }
            if (days.FirstOrDefault(day => day is < Weekday.Monday or > Weekday.Sunday, Weekday.Monday) is not Weekday.Monday and var wrong) Wrong($"{field}.days", $"expected monday to sunday, got {wrong:D}");
            if (days.Distinct().Count() < days.Count) Wrong($"{field}.days", "expected each day once, got one of them twice");
            var (hasFrom, hasTo) = (CalendarDays.TryTime(window.From, out var from), CalendarDays.TryTime(window.To, out var to));
            if (!hasFrom || from == TimeSpan.FromDays(1)) Wrong($"{field}.from", $"expected a time from 00:00 to 23:59:59, got {Quoted(window.From)}");
            else if (!hasTo || to == TimeSpan.Zero) Wrong($"{field}.to", $"expected a time from 00:00:01 to 24:00, got {Quoted(window.To)}");
            else if (from == to) Wrong($"{field}.to", $"expected another time than from, got \"{window.To}\" for both");
        }

        void Wrong(string field, string message) => errors.Add(new(field, message));
    }

    static string Quoted(string? text) => text is null ? "nothing" : text.Length > 100 ? $"{text.Length} characters" : $"\"{text}\"";
}
