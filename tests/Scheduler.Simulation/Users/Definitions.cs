using Scheduler.Executions;

namespace Scheduler.Simulation;

/// <summary>Definitions of tasks as people may write them: every kind of schedule and policy.</summary>
sealed class Definitions(Prng random)
{
    /// <summary>The calendar that there is.</summary>
    public const string Calendar = "quiet";

    public TaskDefinition Draw(string name, DateTimeOffset now)
    {
        var polls = random.Chance(0.5);
        var overlap = Overlap(polls);
        return new()
        {
            Name = name,
            Handler = polls ? new() { Polling = Polling() } : new() { Code = new() { Handler = SimHandlers.Code } },
            Schedule = Schedule(now),
            Overlap = overlap,
            Concurrency = Concurrency(overlap),
            Timeout = Timeout(),
            Retry = Retry(),
            OnNodeLost = !polls && random.Chance(0.4) ? NodeLossPolicy.Fail : NodeLossPolicy.Rerun,
            Priority = random.From(1, 10),
        };
    }

    /// <summary>The definition with something else in it.</summary>
    public TaskDefinition Change(TaskDefinition old, DateTimeOffset now) => random.Below(7) switch
    {
        0 or 1 => old with { Schedule = Schedule(now) },
        2 => Overlap(old.Handler.Kind == HandlerKind.Polling) is var overlap ? old with { Overlap = overlap, Concurrency = Concurrency(overlap) } : old,
        3 => old with { Timeout = Timeout() },
        4 => old with { Retry = Retry() },
        _ => old.Handler.Polling is null ? old with { Priority = random.From(1, 10) } : old with { Handler = new() { Polling = Polling() } },
    };

    PollingDefinition Polling()
    {
        var size = random.From(2, 5);
        return new()
        {
            Handler = SimHandlers.Poll,
            Shards = random.Below(6) switch
            {
                0 => new() { List = [new("db", "t0")] },
                1 => new() { List = [new("db", "t1"), new("db", "t2"), new("other", "t1")] },
                2 => new() { Databases = "db", Tables = "t{0..3}" },
                3 => new() { Databases = "db_{0..1}", Tables = "t{0..2}" },
                _ => new() { Discover = SimHandlers.Discover },
            },
            DeadLetter = random.Chance(0.4) ? new() { AfterAttempts = random.From(1, 3) } : null,
            // User code that never ends keeps its place: one more has to be there.
            Limits = random.Chance(0.2) ? new() { PerDatabase = random.From(2, 3), RowsPerSecond = random.Chance(0.5) ? random.From(20, 100) : null } : null,
            Mode = random.Pick([PollingMode.Full, PollingMode.Full, PollingMode.Incremental, PollingMode.FullThenIncremental]),
            Lag = SourceTables.LongestTransaction + random.Seconds(0, 2),
            PageSize = size,
            ThreadCount = random.From(1, 3),
            BatchSize = random.Chance(0.5) ? random.From(1, size) : null,
        };
    }

    ScheduleDefinition? Schedule(DateTimeOffset now)
    {
        var misfire = random.Pick([MisfirePolicy.Skip, MisfirePolicy.FireOnce, MisfirePolicy.CatchUp]);
        var schedule = Times(now, misfire);
        if (schedule is null) return null;
        if (misfire == MisfirePolicy.CatchUp && random.Chance(0.5)) schedule = schedule with { CatchUp = random.From(1, 3) };
        if (random.Chance(0.3)) schedule = schedule with { Jitter = Rounded(schedule.Every ?? schedule.Delay ?? TimeSpan.FromSeconds(4)) * 0.75 is var most ? Rounded(most) : null };
        return random.Chance(0.3) ? schedule with { Calendars = [Calendar] } : schedule;
    }

    ScheduleDefinition? Times(DateTimeOffset now, MisfirePolicy misfire)
    {
        return random.Below(9) switch
        {
            0 => null,
            7 => new() { Delay = Rounded(random.Seconds(0.5, 8)), Misfire = misfire },
            8 => new() { Delay = Rounded(random.Seconds(0.5, 8)), StartAt = now + random.Seconds(-5, 5), EndAt = random.Chance(0.5) ? now + random.Seconds(20, 40) : null, Misfire = misfire },
            1 => new() { At = now + random.Seconds(-10, 30), Misfire = misfire },
            2 => new() { Cron = random.Pick(["*/5 * * * * ?", "0/3 * * * * ?", "0 * * * * ?", "0 0 0 29 2 ?"]), TimeZone = random.Chance(0.3) ? "Asia/Shanghai" : null, Misfire = misfire },
            3 => new() { Every = Rounded(random.Seconds(1, 12)), StartAt = now + random.Seconds(-5, 5), EndAt = now + random.Seconds(20, 40), Misfire = misfire },
            _ => new() { Every = Rounded(random.Seconds(1, 15)), Misfire = misfire },
        };
    }

    OverlapPolicy Overlap(bool polls) => polls ? random.Pick([OverlapPolicy.Skip, OverlapPolicy.Queue, OverlapPolicy.CancelPrevious])
        : random.Pick([OverlapPolicy.Skip, OverlapPolicy.Queue, OverlapPolicy.CancelPrevious, OverlapPolicy.Allow]);

    TimeSpan? Timeout() => random.Chance(0.4) ? Rounded(random.Seconds(1, 12)) : null;

    RetryPolicy? Retry() => new() { MaxAttempts = random.From(1, 4), Backoff = random.Seconds(0, 1.5), Multiplier = random.From(1, 2), MaxBackoff = TimeSpan.FromSeconds(4) };

    ConcurrencyDefinition? Concurrency(OverlapPolicy overlap)
    {
        var perTask = overlap == OverlapPolicy.Allow && random.Chance(0.6) ? random.From(1, 3) : (int?)null;
        var key = random.Chance(0.5) ? random.Pick(["k1", "k2"]) : null;
        return perTask is null && key is null ? null : new() { PerTask = perTask, Key = key, Limit = key is null ? null : random.From(1, 2) };
    }

    static TimeSpan Rounded(TimeSpan span) => TimeSpan.FromMilliseconds((long)span.TotalMilliseconds);
}
