namespace Scheduler.Schedules;

/// <summary>What is wrong with a schedule.</summary>
public static class ScheduleCheck
{
    const int LongestCron = 1000;
    static readonly TimeSpan LongestEvery = TimeSpan.FromDays(366);

    /// <summary>Everything that is wrong, by field under <c>schedule</c>; nothing where it is valid.</summary>
    public static IReadOnlyList<FieldError> Check(ScheduleDefinition schedule)
    {
        List<FieldError> errors = [];
        string[] kinds = [.. Kinds(schedule)];
        if (kinds.Length != 1)
            Wrong("", $"expected exactly one of cron, every, at; got {(kinds.Length == 0 ? "none" : string.Join(" and ", kinds))}");

        if (schedule.Cron is { } cron && CronError(cron) is { } cronError) Wrong(".cron", cronError);
        if (schedule.TimeZone is { } zone)
        {
            if (schedule.Cron is null) Wrong(".timeZone", $"expected none without cron, got \"{zone}\"");
            else if (ZoneError(zone) is { } zoneError) Wrong(".timeZone", zoneError);
        }
        if (schedule.Every is { } every && (every < TimeSpan.FromMilliseconds(1) || every > LongestEvery))
            Wrong(".every", $"expected one millisecond to 366 days, got {every:c}");
        else if (schedule.Every is { } fraction && fraction.Ticks % TimeSpan.TicksPerMillisecond != 0)
            Wrong(".every", $"expected whole milliseconds, got {fraction:c}");
        if (schedule.At is { UtcTicks: 0 })
            Wrong(".at", $"expected an instant, got {schedule.At:O}");
        if (schedule.EndAt <= schedule.StartAt)
            Wrong(".endAt", $"expected an instant after startAt ({schedule.StartAt:O}), got {schedule.EndAt:O}");
        if (!Enum.IsDefined(schedule.Misfire))
            Wrong(".misfire", $"expected one of skip, fireOnce, catchUp; got {schedule.Misfire:D}");

        if (errors.Count == 0 && !IsEverDue(schedule))
            Wrong($".{kinds[0]}", schedule.StartAt is null && schedule.EndAt is null ? $"expected a schedule that is due at some time, got one that never is: \"{schedule.Cron}\""
                : "expected an occurrence between startAt and endAt, got none");
        return errors;

        void Wrong(string field, string message) => errors.Add(new($"schedule{field}", message));
    }

    static bool IsEverDue(ScheduleDefinition schedule)
    {
        var before = schedule.At?.AddTicks(-1) ?? DateTimeOffset.UnixEpoch;
        return Schedule.Next(schedule, createdAt: DateTimeOffset.UnixEpoch, before) is not null;
    }

    static IEnumerable<string> Kinds(ScheduleDefinition schedule)
    {
        if (schedule.Cron is not null) yield return "cron";
        if (schedule.Every is not null) yield return "every";
        if (schedule.At is not null) yield return "at";
    }

    static string? CronError(string cron)
    {
        if (cron.Length > LongestCron) return $"expected at most {LongestCron} characters, got {cron.Length}";
        const string Expected = "expected a cron expression of six or seven fields (seconds first) or of Unix's five";
        var fields = CronOccurrences.FieldCount(cron);
        if (fields is < 5 or > 7 && !cron.TrimStart().StartsWith('@')) return $"{Expected}, got \"{cron}\": it has {fields}";
        try
        {
            CronOccurrences.Parse(cron);
            return null;
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException) // whatever a parser of free text may throw
        {
            return $"{Expected}, got \"{cron}\": {wrong.Message}";
        }
    }

    static string? ZoneError(string zone)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) && found.HasIanaId) return null;
        var meant = Suggestion.For(zone, TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id));
        return $"expected an IANA time zone such as \"Asia/Shanghai\", got \"{zone}\".{(meant is null ? "" : $" Did you mean \"{meant}\"?")}";
    }
}
