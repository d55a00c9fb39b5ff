using System.Collections.Immutable;
using Scheduler.Executions;
using Scheduler.Schedules;
using Scheduler.Tasks;

namespace Scheduler.Tests.Tasks;

/// <summary>A task that is due each full hour, in each of its states.</summary>
static class TaskSamples
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    public static readonly TaskLimits Limits = new() { OpenExecutions = 5, CatchUp = 4, FireAhead = TimeSpan.Zero };

    public static readonly TaskDefinition Hourly = new()
    {
        Name = "report",
        Schedule = new() { Cron = "0 0 * * * ?" },
        Handler = new() { Code = new() { Handler = "report" } },
        Timeout = TimeSpan.FromMinutes(30),
        Priority = 7,
    };

    public static readonly TaskDefinition Orders = Hourly with { Name = "orders", Handler = new() { Polling = new() { Handler = "orders", Shards = new() { Databases = "d{0..1}", Tables = "t" } } } };

    /// <summary>Excludes the hour around noon.</summary>
    public static readonly CalendarDefinition Noons = new() { Name = "noons", Weekly = [new() { Days = [.. Enum.GetValues<Weekday>().Where(day => day != Weekday.None)], From = "11:30", To = "12:30" }] };

    public static readonly TaskState Absent = TaskState.Absent(7);

    /// <summary>It last fired at eleven and is due at noon.</summary>
    public static readonly TaskState Idle = new()
    {
        Id = 7, Tenant = "default", Definition = Hourly, Revision = 3, Status = ScheduledTaskStatus.Enabled, Sequence = 20,
        CreatedAt = Noon.AddDays(-10), UpdatedAt = Noon.AddDays(-1), Watermark = Noon.AddHours(-1), NextAt = Noon,
    };

    public static readonly TaskState Paused = Idle with { Status = ScheduledTaskStatus.Paused };

    /// <summary>Its eleven o'clock execution is open.</summary>
    public static readonly TaskState Busy = Idle with { Open = [Open(20, Noon.AddHours(-1))] };

    /// <summary>One execution is open, and two wait for their turn.</summary>
    public static readonly TaskState Crowded = Busy.With(OverlapPolicy.Queue) with { Sequence = 22, Open = [Open(20, Noon.AddHours(-1)), Open(21, Noon.AddMinutes(-40), go: false), Open(22, Noon.AddMinutes(-30), go: false)] };

    /// <summary>Two executions may run at once, and do; two wait.</summary>
    public static readonly TaskState Narrow = Busy with
    {
        Definition = Hourly with { Overlap = OverlapPolicy.Allow, Concurrency = new() { PerTask = 2 } },
        Sequence = 23,
        Open = [Open(20, Noon.AddHours(-1)), Open(21, Noon.AddMinutes(-40)), Open(22, Noon.AddMinutes(-30), go: false), Open(23, Noon.AddMinutes(-20), go: false)],
    };

    public static readonly TaskState Cancelling = Busy with { Open = [Busy.Open[0] with { CancelBecause = "by hand", AskAt = Noon.AddSeconds(5) }] };

    public static readonly TaskState Deleted = Idle with { Status = ScheduledTaskStatus.Deleted, NextAt = null };

    public static readonly TaskState DeletedBusy = Cancelling with { Status = ScheduledTaskStatus.Deleted, NextAt = null };

    /// <summary>It is due five minutes after each end, and last ended at five to twelve.</summary>
    public static readonly TaskState Delayed = Idle with { Definition = Hourly with { Schedule = new() { Delay = TimeSpan.FromMinutes(5) } }, LastEndAt = Noon.AddMinutes(-5) };

    public static readonly TaskState Jittered = Idle with { Definition = Hourly with { Schedule = Hourly.Schedule! with { Jitter = TimeSpan.FromMinutes(30) } } };

    /// <summary>It knows the first state of its calendar, and has yet to hear whether that is the latest.</summary>
    public static readonly TaskState Excepted = Idle with
    {
        Definition = Hourly with { Schedule = Hourly.Schedule! with { Calendars = ["noons"] } },
        Calendars = [new(1, Noons)], AskCalendarsAt = Noon.AddSeconds(5), NextAt = Noon.AddHours(1),
    };

    public static IReadOnlyList<TaskState> All =>
    [
        Absent, Idle, Idle with { Definition = Hourly with { Schedule = null }, NextAt = null }, Idle with { NextAt = Noon.AddHours(1), Watermark = Noon }, Idle with { Watermark = null, NextAt = Noon.AddDays(-9) },
        Idle.With(MisfirePolicy.Skip) with { Watermark = Noon.AddDays(-2), NextAt = Noon.AddDays(-2).AddHours(1) }, Idle.With(MisfirePolicy.CatchUp) with { Watermark = Noon.AddDays(-2), NextAt = Noon.AddDays(-2).AddHours(1) },
        Idle with { Definition = Hourly with { Schedule = new() { At = Noon } }, Watermark = null }, Idle with { Definition = Hourly with { Schedule = new() { At = Noon.AddHours(-1) } }, NextAt = null },
        Paused, Paused with { Open = Busy.Open }, Busy, Busy.With(OverlapPolicy.Queue), Busy.With(OverlapPolicy.Allow), Busy.With(OverlapPolicy.CancelPrevious), Crowded, Narrow, Cancelling, Deleted, DeletedBusy,
        Delayed, Delayed with { Open = Busy.Open, NextAt = null }, Delayed with { Status = ScheduledTaskStatus.Paused }, Jittered, Excepted, Excepted with { Status = ScheduledTaskStatus.Paused, AskCalendarsAt = null },
        Idle with { Open = [Skipped(20, Noon.AddHours(-1))] }, Busy with { Definition = Orders, Open = [Busy.Open[0] with { Seed = Busy.Open[0].Seed with { Kind = HandlerKind.Polling } }] },
        Busy.With(OverlapPolicy.Queue) with { Sequence = 24, Open = [.. Enumerable.Range(0, 5).Select(n => Open(20 + n, Noon.AddMinutes(n - 50), go: n == 0))] },
    ];

    public static TaskState With(this TaskState state, OverlapPolicy overlap) => state with { Definition = state.Definition with { Overlap = overlap } };

    public static TaskState With(this TaskState state, MisfirePolicy misfire) => state with { Definition = state.Definition with { Schedule = state.Definition.Schedule! with { Misfire = misfire } } };

    public static ExecutionSeed Seed(long sequence, DateTimeOffset at) => new(ExecutionId.OfOccurrence(7, at), 7, "default", "report", HandlerKind.Code, sequence, TriggerKind.Schedule, null, at)
    {
        Timeout = TimeSpan.FromMinutes(30),
        Priority = 7,
    };

    /// <summary>An open execution that was heard of: it is asked after in four minutes.</summary>
    public static OpenExecution Open(long sequence, DateTimeOffset at, bool go = true) => new(Seed(sequence, at), go, at, Noon.AddMinutes(4), 0);

    public static OpenExecution Skipped(long sequence, DateTimeOffset at) => new(Seed(sequence, at) with { SkippedBecause = "a policy" }, true, at, Noon.AddMinutes(4), 0);

    public static ImmutableArray<OpenExecution> Asked(this ImmutableArray<OpenExecution> open, DateTimeOffset askAt, int asked = 0) => [.. open.Select(each => each with { AskAt = askAt, Asked = asked })];
}
