namespace Scheduler.Schedules;

/// <summary>How far the start of an occurrence is put off: the same for the same task and instant, wherever and however often it is asked.</summary>
public static class Jitter
{
    /// <summary>When an occurrence starts: from its instant on, <paramref name="most"/> later at the latest.</summary>
    public static DateTimeOffset StartOf(long taskId, DateTimeOffset instant, TimeSpan? most)
    {
        if (most is not { Ticks: > 0 } jitter) return instant;
        var steps = jitter.Ticks / TimeSpan.TicksPerMillisecond + 1;
        var later = TimeSpan.FromMilliseconds((long)(Mixed(unchecked((ulong)taskId * 0x9E3779B97F4A7C15 ^ (ulong)instant.UtcTicks)) % (ulong)steps));
        return later <= DateTimeOffset.MaxValue - instant ? instant + later : DateTimeOffset.MaxValue;
    }

    /// <summary>
    /// The latest instant whose occurrences have all started by now, counted from an undecided one. Occurrences start in their order, so one that
    /// has not holds back those after it, for the rest of the jitter at most.
    /// </summary>
    /// <param name="schedule">A schedule.</param>
    /// <param name="taskId">Its task.</param>
    /// <param name="createdAt">When that was created.</param>
    /// <param name="due">An occurrence that has started.</param>
    /// <param name="now">Now.</param>
    /// <param name="except">What is left out.</param>
    public static DateTimeOffset Started(ScheduleDefinition schedule, long taskId, DateTimeOffset createdAt, DateTimeOffset due, DateTimeOffset now, Exclusions except)
    {
        if (schedule.Jitter is not { Ticks: > 0 } jitter) return now;
        // What is older than the jitter has started.
        var after = now - jitter > due ? (now - jitter).AddTicks(-1) : due;
        for (var next = Schedule.Next(schedule, createdAt, after, except); next <= now; next = Schedule.Next(schedule, createdAt, next.Value, except))
            if (StartOf(taskId, next.Value, jitter) > now) return next.Value.AddTicks(-1);
        return now;
    }

    // Every bit of the input moves every bit of the output (the finalizer of SplitMix64).
    static ulong Mixed(ulong bits)
    {
        unchecked
        {
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
            return bits ^ (bits >> 31);
        }
    }
}
