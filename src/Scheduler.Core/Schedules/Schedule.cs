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
/// <para>What falls into an exclusion calendar is no occurrence. After <see cref="MostStretches"/> stretches in a row that leave out all that is in them, there is none.</para>
/// </summary>
public static class Schedule
{
    /// <summary>Excluded stretches of time that a search for one occurrence goes over.</summary>
    public const int MostStretches = 1000;

    /// <summary>The first occurrence after <paramref name="after"/>; null where there is none.</summary>
    /// <param name="schedule">A schedule that <see cref="ScheduleCheck"/> finds nothing wrong with.</param>
    /// <param name="createdAt">When its task was created: what <see cref="ScheduleDefinition.Every"/> is counted from where there is no <see cref="ScheduleDefinition.StartAt"/>.</param>
    /// <param name="after">Not included.</param>
    /// <param name="except">What is left out; null: nothing.</param>
    public static DateTimeOffset? Next(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after, Exclusions? except = null)
    {
        var occurrences = Occurrences.Of(schedule, createdAt);
        var from = schedule.StartAt is { } start && after < start ? JustBefore(start) : after;
        for (var i = 0; i <= MostStretches && occurrences.Next(from) is { } next && !(next >= schedule.EndAt); i++)
        {
            if (except is null) return next;
            if (except.FreeFrom(next) is not { } free) return null;
            if (free == next) return next;
            from = JustBefore(free);
        }
        return null;
    }

    /// <summary>The latest occurrence from <paramref name="from"/> to <paramref name="until"/>, both included; null where there is none. Fast however far they are apart.</summary>
    /// <inheritdoc cref="Next" path="/param"/>
    /// <param name="schedule"/><param name="createdAt"/>
    /// <param name="from">Included.</param>
    /// <param name="until">Included.</param>
    /// <param name="except">What is left out; null: nothing.</param>
    public static DateTimeOffset? Latest(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset from, DateTimeOffset until, Exclusions? except = null)
    {
        var occurrences = Occurrences.Of(schedule, createdAt);
        var last = schedule.EndAt is { } end && until >= end ? JustBefore(end) : until;
        for (var i = 0; i <= MostStretches && occurrences.Latest(last) is { } latest && latest >= from && !(latest < schedule.StartAt); i++)
        {
            if (except is null) return latest;
            if (except.FreeUntil(latest) is not { } free) return null;
            if (free == latest) return latest;
            last = free;
        }
        return null;
    }

    /// <summary>The latest occurrences after <paramref name="after"/> and up to <paramref name="until"/>, ascending. Fast however far they are apart.</summary>
    /// <inheritdoc cref="Next" path="/param"/>
    /// <param name="schedule"/><param name="createdAt"/>
    /// <param name="after">Not included.</param>
    /// <param name="until">Included.</param>
    /// <param name="limit">How many at most; below 1 gives none.</param>
    /// <param name="except">What is left out; null: nothing.</param>
    public static IReadOnlyList<DateTimeOffset> Last(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after, DateTimeOffset until, int limit, Exclusions? except = null)
    {
        if (limit < 1) return [];
        List<DateTimeOffset> found = [];
        // Mostly there are few: the way forward finds out with one question more than there are.
        for (var next = Next(schedule, createdAt, after, except); next <= until; next = Next(schedule, createdAt, next.Value, except))
        {
            if (found.Count == limit) return Backwards(schedule, createdAt, after, until, limit, except);
            found.Add(next.Value);
        }
        return found;
    }

    static IReadOnlyList<DateTimeOffset> Backwards(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after, DateTimeOffset until, int limit, Exclusions? except)
    {
        List<DateTimeOffset> found = [];
        while (found.Count < limit && Latest(schedule, createdAt, after, until, except) is { } latest && latest > after)
        {
            found.Add(latest);
            until = JustBefore(latest);
        }
        found.Reverse();
        return found;
    }

    static DateTimeOffset JustBefore(DateTimeOffset instant) => instant.UtcTicks == 0 ? instant : instant.AddTicks(-1);
}
