using Scheduler.Definitions;

namespace Scheduler.Schedules;

/// <summary>What is wrong with a schedule.</summary>
public static class ScheduleCheck
{
    const int LongestCron = 1000;
    const int MostCalendars = 10;
    static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(366), LongestJitter = TimeSpan.FromHours(1);

    /// <summary>Everything that is wrong, by field under <c>schedule</c>; nothing where it is valid. Whether its calendars exist is another question.</summary>
    /// <param name="schedule">The schedule, as whoever sent it.</param>
    /// <param name="maxCatchUp">How many missed occurrences it may make up for.</param>
    /// <param name="now">When a task is to get it: it must be due from then on. Null: whenever it is due.</param>
    /// <param name="createdAt">When that task was created; null: it is now.</param>
    public static IReadOnlyList<FieldError> Check(ScheduleDefinition schedule, int maxCatchUp = 100, DateTimeOffset? now = null, DateTimeOffset? createdAt = null)
    {
        List<FieldError> errors = [];
        string[] kinds = [.. Kinds(schedule)];
        if (kinds.Length != 1)
            Wrong("", $"expected exactly one of cron, every, delay, at; got {(kinds.Length == 0 ? "none" : string.Join(" and ", kinds))}");

        if (schedule.Cron is { } cron && CronError(cron) is { } cronError) Wrong(".cron", cronError);
        if (schedule.TimeZone is { } zone)
        {
            if (schedule.Cron is null) Wrong(".timeZone", $"expected none without cron, got \"{zone}\"");
            else if (ZoneError(zone) is { } zoneError) Wrong(".timeZone", zoneError);
        }
        if (schedule.Every is { } every && PeriodError(every) is { } everyError) Wrong(".every", everyError);
        if (schedule.Delay is { } delay && PeriodError(delay) is { } delayError) Wrong(".delay", delayError);
        if (Instants.Error(schedule.At) is { } atError) Wrong(".at", atError);
        if (Instants.Error(schedule.StartAt) is { } startError) Wrong(".startAt", startError);
        if (Instants.Error(schedule.EndAt) is { } endError) Wrong(".endAt", endError);
        if (schedule.EndAt <= schedule.StartAt)
            Wrong(".endAt", $"expected an instant after startAt ({schedule.StartAt:O}), got {schedule.EndAt:O}");
        if (!Enum.IsDefined(schedule.Misfire))
            Wrong(".misfire", $"expected one of skip, fireOnce, catchUp; got {schedule.Misfire:D}");

        if (schedule.CatchUp is { } catchUp)
        {
            if (schedule.Misfire != MisfirePolicy.CatchUp) Wrong(".catchUp", $"expected none unless misfire is catchUp, got {catchUp}");
            else if (catchUp < 1 || catchUp > maxCatchUp) Wrong(".catchUp", $"expected 1 to {maxCatchUp}, got {catchUp}");
        }
        if (schedule.Jitter is { } jitter && JitterError(jitter, schedule.Every ?? schedule.Delay) is { } jitterError) Wrong(".jitter", jitterError);
        CheckCalendars(schedule.Calendars ?? []);

        if (errors.Count == 0 && !IsEverDue(schedule))
            Wrong($".{kinds[0]}", schedule.StartAt is null && schedule.EndAt is null ? $"expected a schedule that is due at some time, got one that never is: \"{schedule.Cron}\""
                : "expected an occurrence between startAt and endAt, got none");
        else if (errors.Count == 0 && now is { } present && HasPassed(schedule, present, createdAt ?? present))
            Wrong($".{(schedule.EndAt is null ? kinds[0] : "endAt")}", $"expected an occurrence after now ({WireText.Of(present)}), got {LastWords(schedule, present, createdAt ?? present)}");
        return errors;

        void CheckCalendars(IReadOnlyList<string> calendars)
        {
            if (calendars.Count > MostCalendars) Wrong(".calendars", $"expected at most {MostCalendars} names, got {calendars.Count}");
            for (var i = 0; i < Math.Min(calendars.Count, MostCalendars); i++)
            {
                if (DefinitionCheck.NameError(calendars[i]) is { } nameError) Wrong($".calendars[{i}]", nameError);
                else if (calendars.Take(i).Contains(calendars[i])) Wrong($".calendars[{i}]", $"expected each calendar once, got \"{calendars[i]}\" twice");
            }
        }

        void Wrong(string field, string message) => errors.Add(new($"schedule{field}", message));
    }

    /// <summary>What is wrong with a duration that must be one; null where nothing is.</summary>
    internal static string? PeriodError(TimeSpan period) =>
        period < TimeSpan.FromMilliseconds(1) || period > LongestPeriod ? $"expected one millisecond to 366 days, got {period:c}"
        : period.Ticks % TimeSpan.TicksPerMillisecond != 0 ? $"expected whole milliseconds, got {period:c}"
        : null;

    static string? JitterError(TimeSpan jitter, TimeSpan? period) =>
        jitter < TimeSpan.Zero || jitter > LongestJitter ? $"expected zero to one hour, got {jitter:c}"
        : jitter.Ticks % TimeSpan.TicksPerMillisecond != 0 ? $"expected whole milliseconds, got {jitter:c}"
        : jitter >= period ? $"expected less than the {period:c} between two occurrences, got {jitter:c}"
        : null;

    static bool IsEverDue(ScheduleDefinition schedule)
    {
        if (schedule.Delay is not null) return true;
        var before = schedule.At?.AddTicks(-1) ?? DateTimeOffset.UnixEpoch;
        return Schedule.Next(schedule, createdAt: DateTimeOffset.UnixEpoch, before) is not null;
    }

    /// <summary>Whether it is never due any more. One instant that has passed is due at once.</summary>
    static bool HasPassed(ScheduleDefinition schedule, DateTimeOffset now, DateTimeOffset createdAt) =>
        schedule.At is null && (schedule.Delay is null ? Schedule.Next(schedule, createdAt, now) is null : schedule.EndAt <= now);

    static string LastWords(ScheduleDefinition schedule, DateTimeOffset now, DateTimeOffset createdAt) =>
        schedule.Delay is null && Schedule.Latest(schedule, createdAt, DateTimeOffset.MinValue, now) is { } last ? $"a last one at {WireText.Of(last)}" : "none";

    static IEnumerable<string> Kinds(ScheduleDefinition schedule)
    {
        if (schedule.Cron is not null) yield return "cron";
        if (schedule.Every is not null) yield return "every";
        if (schedule.Delay is not null) yield return "delay";
        if (schedule.At is not null) yield return "at";
    }

    static string? CronError(string cron)
    {
        if (cron.Length > LongestCron) return $"expected at most {LongestCron} characters, got {cron.Length}";
        var wrong = $"expected a cron expression of six or seven fields (seconds first) or of Unix's five, got \"{cron}\"";
        if (CronText.Fault(cron) is { } fault) return $"{wrong}: {fault}";
        try
        {
            CronOccurrences.Parse(cron);
            return null;
        }
        catch (Exception refused) when (refused is not OutOfMemoryException) // whatever a parser of free text may throw; its words are for who programs with it
        {
            return wrong;
        }
    }

    internal static string? ZoneError(string zone)
    {
        if (!IsFileOnly(zone) && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) && found.HasIanaId) return null;
        var meant = Suggestion.For(zone, TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id));
        return $"expected an IANA time zone such as \"Asia/Shanghai\", got \"{zone}\".{(meant is null ? "" : $" Did you mean \"{meant}\"?")}";
    }

    /// <summary>What a machine has a file for among its zones: another one has none, or means another zone by it, or counts leap seconds.</summary>
    static bool IsFileOnly(string zone) => zone is "localtime" or "posixrules" or "Factory" || zone.StartsWith("posix/", StringComparison.Ordinal) || zone.StartsWith("right/", StringComparison.Ordinal);
}
