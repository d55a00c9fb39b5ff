namespace Scheduler.Schedules;

/// <summary>
/// When a schedule is due. Pure: nothing here asks for the time. Occurrences are whole milliseconds in UTC, so that what a
/// database keeps of them is the same instant.
/// <para>
/// Where clocks change, a cron expression follows three rules. (1) Wall-clock times that do not exist in spring are due together at
/// the first instant after the gap, so that no day is skipped; an expression that names every hour has nothing to make up for and goes on in
/// real time. (2) Wall-clock times that happen twice in autumn are due at the first of the two, so that a daily task runs
/// once. (3) But an expression that says "every so often" — a <c>*</c>, a step or a range in its seconds, minutes or hours — is due in both passes.
/// </para>
/// </summary>
public static class Schedule
{
    /// <summary>The first occurrence after <paramref name="after"/>; null where there is none.</summary>
    /// <param name="schedule">A schedule that <see cref="ScheduleCheck"/> finds nothing wrong with.</param>
    /// <param name="createdAt">When its task was created: what <see cref="ScheduleDefinition.Every"/> is counted from where there is no <see cref="ScheduleDefinition.StartAt"/>.</param>
    /// <param name="after">Not included.</param>
    public static DateTimeOffset? Next(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after)
    {
        var from = schedule.StartAt is { } start && after < start ? JustBefore(start) : after;
        return Occurrences.Of(schedule, createdAt).Next(from) is { } next && (schedule.EndAt is null || next < schedule.EndAt) ? next : null;
    }

    /// <summary>The latest occurrence from <paramref name="from"/> to <paramref name="until"/>, both included; null where there is none. Fast however far they are apart.</summary>
    /// <inheritdoc cref="Next" path="/param"/>
    /// <param name="schedule"/><param name="createdAt"/>
    /// <param name="from">Included.</param>
    /// <param name="until">Included.</param>
    public static DateTimeOffset? Latest(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset from, DateTimeOffset until)
    {
        var last = schedule.EndAt is { } end && until >= end ? JustBefore(end) : until;
        return Occurrences.Of(schedule, createdAt).Latest(last) is { } latest && latest >= from && (schedule.StartAt is null || latest >= schedule.StartAt) ? latest : null;
    }

    /// <summary>The latest occurrences after <paramref name="after"/> and up to <paramref name="until"/>, ascending. Fast however far they are apart.</summary>
    /// <inheritdoc cref="Next" path="/param"/>
    /// <param name="schedule"/><param name="createdAt"/>
    /// <param name="after">Not included.</param>
    /// <param name="until">Included.</param>
    /// <param name="limit">How many at most; below 1 gives none.</param>
    public static IReadOnlyList<DateTimeOffset> Last(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after, DateTimeOffset until, int limit)
    {
        if (limit < 1) return [];
        List<DateTimeOffset> found = [];
        // Mostly there are few: the way forward finds out with one question more than there are.
        for (var next = Next(schedule, createdAt, after); next <= until; next = Next(schedule, createdAt, next.Value))
        {
            if (found.Count == limit) return Backwards(schedule, createdAt, after, until, limit);
            found.Add(next.Value);
        }
        return found;
    }

    static DateTimeOffset[] Backwards(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after, DateTimeOffset until, int limit)
    {
        var found = new DateTimeOffset[limit];
        for (var i = limit - 1; i >= 0; i--)
        {
            found[i] = Latest(schedule, createdAt, after, until) ?? throw new InvalidOperationException($"expected {limit} occurrences or more after {after:O}, got {limit - 1 - i}");
            until = JustBefore(found[i]);
        }
        return found;
    }

    static DateTimeOffset JustBefore(DateTimeOffset instant) => instant.UtcTicks == 0 ? instant : instant.AddTicks(-1);
}
