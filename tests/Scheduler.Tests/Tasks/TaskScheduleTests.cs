using Scheduler.Executions;
using Scheduler.Tasks;
using static Scheduler.Tests.Tasks.TaskSamples;

namespace Scheduler.Tests.Tasks;

/// <summary>What a task does when its schedule is due, in time and late.</summary>
public class TaskScheduleTests
{
    static Given<TaskState, TaskCommand, TaskEffect> Given(TaskState state) => new(state, (given, command) => TaskDecider.Decide(given, command, Limits));

    static TaskCommand Woken(DateTimeOffset now) => new TaskCommand.Woken(now);

    /// <summary>The state after executions were opened at these instants; the first goes, the others wait.</summary>
    static TaskState Fired(TaskState state, DateTimeOffset now, DateTimeOffset? next, params DateTimeOffset[] instants) => state with
    {
        Watermark = now,
        NextAt = next,
        Sequence = state.Sequence + instants.Length,
        Open = [.. instants.Select((at, n) => new OpenExecution(Seed(state.Sequence + 1 + n, at), n == 0, now, now.AddSeconds(5), 0))],
    };

    static TaskEffect[] Told(TaskState state) => [.. state.Open.Select(open => new TaskEffect.TellExecution(open.Seed, open.Go, open.DecidedAt))];

    static void Fires(TaskState state, DateTimeOffset now, DateTimeOffset? next, params DateTimeOffset[] instants)
    {
        var fired = Fired(state, now, next, instants);
        Given(state).When(Woken(now)).Then(fired, Told(fired));
    }

    [Fact]
    public void An_occurrence_in_time_opens_its_execution_once()
    {
        Fires(Idle, Noon, Noon.AddHours(1), Noon);
        Given(Idle).When(Woken(Noon)).When(Woken(Noon)).ThenIgnored("nothing is due").When(Woken(Noon.AddSeconds(4))).ThenIgnored("nothing is due");
    }

    [Fact]
    public void A_wake_before_the_time_does_nothing() => Given(Idle).When(Woken(Noon.AddTicks(-1))).ThenIgnored("nothing is due");

    [Fact]
    public void A_load_does_what_a_wake_does() =>
        Given(Idle).When(new TaskCommand.Activated(Noon)).Then(Fired(Idle, Noon, Noon.AddHours(1), Noon), Told(Fired(Idle, Noon, Noon.AddHours(1), Noon)));

    [Fact]
    public void What_was_told_a_moment_before_it_was_loaded_is_told_again_at_once_for_its_run_may_be_gone()
    {
        var fired = Given(Idle).When(Woken(Noon)).State;
        var soon = Noon.AddSeconds(1);
        Given(fired).When(Woken(soon)).ThenIgnored("nothing is due");
        Given(fired).When(new TaskCommand.Activated(soon)).Then(fired with { Open = fired.Open.Asked(soon.AddSeconds(10), asked: 1) }, Told(fired));

        // Who has answered since is stored; who begins only when it is stored is found by its row.
        var answered = fired with { Open = [fired.Open[0] with { AskAt = Noon.AddMinutes(5) }] };
        Given(answered).When(new TaskCommand.Activated(soon)).ThenIgnored("nothing is due");
        var seen = fired with { Open = [fired.Open[0] with { Seed = fired.Open[0].Seed with { OnNodeLost = NodeLossPolicy.Fail } }] };
        Given(seen).When(new TaskCommand.Activated(soon)).ThenIgnored("nothing is due");
    }

    [Fact]
    public void The_same_occurrence_decided_by_two_nodes_is_the_same_execution() =>
        Assert.Equal(Given(Idle).When(Woken(Noon)).State.Open[0].Seed.Id, Given(Idle).When(Woken(Noon.AddSeconds(30))).State.Open[0].Seed.Id);

    [Fact]
    public void A_little_late_is_in_time_and_none_is_left_out()
    {
        var every20 = Idle.With(OverlapPolicy.Queue) with { Definition = Idle.Definition with { Overlap = OverlapPolicy.Queue, Schedule = new() { Cron = "*/20 * * * * ?", Misfire = MisfirePolicy.Skip } } };
        Fires(every20, Noon.AddSeconds(45), Noon.AddSeconds(60), Noon, Noon.AddSeconds(20), Noon.AddSeconds(40));
        Fires(every20, Noon.AddMinutes(1), Noon.AddSeconds(80), Noon, Noon.AddSeconds(20), Noon.AddSeconds(40), Noon.AddSeconds(60));
    }

    [Fact]
    public void A_burst_in_time_is_bounded_and_the_latest_are_kept()
    {
        var every10 = Idle with { Definition = Idle.Definition with { Overlap = OverlapPolicy.Queue, Schedule = new() { Cron = "*/10 * * * * ?" } } };
        var fired = Fired(every10, Noon.AddSeconds(55), Noon.AddSeconds(60), Noon.AddSeconds(10), Noon.AddSeconds(20), Noon.AddSeconds(30), Noon.AddSeconds(40), Noon.AddSeconds(50));
        Given(every10).When(Woken(Noon.AddSeconds(55))).Then(Kept(fired, Noon, Noon.AddSeconds(10)), Told(Kept(fired, Noon, Noon.AddSeconds(10))));
    }

    [Fact]
    public void Misfire_fireOnce_makes_one_that_carries_the_latest_instant_and_the_first()
    {
        var fired = Fired(Idle, Noon.AddHours(3.5), Noon.AddHours(4), Noon.AddHours(3));
        var once = fired with { Open = [fired.Open[0] with { Seed = fired.Open[0].Seed with { MissedSince = Noon } }] };
        Given(Idle).When(Woken(Noon.AddHours(3.5))).Then(once, Told(once));
        Fires(Idle, Noon.AddMinutes(5), Noon.AddHours(1), Noon);
    }

    [Fact]
    public void Misfire_fireOnce_of_a_single_instant_runs_it_however_late()
    {
        var once = Idle with { Definition = Hourly with { Schedule = new() { At = Noon } }, Watermark = null };
        Fires(once, Noon.AddDays(30), null, Noon);
    }

    [Fact]
    public void Misfire_catchUp_makes_each_of_them_the_oldest_first()
    {
        var state = Idle.With(MisfirePolicy.CatchUp).With(OverlapPolicy.Queue);
        Fires(state, Noon.AddHours(2.5), Noon.AddHours(3), Noon, Noon.AddHours(1), Noon.AddHours(2));
    }

    [Fact]
    public void Misfire_catchUp_is_bounded_and_the_latest_are_kept()
    {
        var state = Idle.With(MisfirePolicy.CatchUp).With(OverlapPolicy.Queue);
        Fires(state, Noon.AddHours(3.5), Noon.AddHours(4), Noon, Noon.AddHours(1), Noon.AddHours(2), Noon.AddHours(3));
        var late = Noon.AddYears(3);
        var fired = Kept(Fired(state, late.AddHours(0.5), late.AddHours(1), late.AddHours(-4), late.AddHours(-3), late.AddHours(-2), late.AddHours(-1), late), Noon, late.AddHours(-4));
        Given(state).When(Woken(late.AddHours(0.5))).Then(fired, Told(fired));

        var two = state with { Definition = state.Definition with { Schedule = state.Definition.Schedule! with { CatchUp = 2 } } };
        fired = Kept(Fired(two, Noon.AddHours(3.5), Noon.AddHours(4), Noon.AddHours(1), Noon.AddHours(2), Noon.AddHours(3)), Noon, Noon.AddHours(1), most: 2);
        Given(two).When(Woken(Noon.AddHours(3.5))).Then(fired, Told(fired));
    }

    /// <summary>The first of those that were opened is a record of what was too much, the next one goes.</summary>
    static TaskState Kept(TaskState fired, DateTimeOffset from, DateTimeOffset to, int most = 4) => fired with
    {
        Open = [.. fired.Open.Select((open, n) => n == 0 ? open with { Seed = Dropped(open.Seed, from, to, $"more were than the {most} that are made up for") } : open with { Go = n == 1 })],
    };

    static ExecutionSeed Dropped(ExecutionSeed seed, DateTimeOffset from, DateTimeOffset to, string because) => seed with
    {
        SkippedBecause = $"occurrences from {from:O} to {to:O} were due while nobody could start them, and {because}",
        MissedSince = from == to ? null : from,
    };

    [Fact]
    public void Misfire_skip_leaves_one_record_for_all_of_them()
    {
        var (state, now) = (Idle.With(MisfirePolicy.Skip), Noon.AddHours(2.5));
        var fired = Fired(state, now, Noon.AddHours(3), Noon.AddHours(2));
        var skipped = fired with { Open = [fired.Open[0] with { Seed = Dropped(fired.Open[0].Seed, Noon, Noon.AddHours(2), "the misfire policy is skip") }] };
        Given(state).When(Woken(now)).Then(skipped, Told(skipped));
    }

    [Fact]
    public void Misfire_skip_runs_the_one_that_is_still_in_time()
    {
        var (state, now) = (Idle.With(MisfirePolicy.Skip), Noon.AddHours(2).AddSeconds(30));
        var fired = Fired(state, now, Noon.AddHours(3), Noon.AddHours(1), Noon.AddHours(2));
        var skipped = fired with
        {
            Open = [fired.Open[0] with { Seed = Dropped(fired.Open[0].Seed, Noon, Noon.AddHours(1), "the misfire policy is skip") },
                fired.Open[1] with { Go = true }],
        };
        Given(state).When(Woken(now)).Then(skipped, Told(skipped));
    }

    /// <summary>Every ten seconds, and a hundred seconds late: what is late by a minute or less was not missed.</summary>
    static TaskState TenSeconds(MisfirePolicy misfire, int? catchUp = null) => Idle.With(OverlapPolicy.Queue) with
    {
        Definition = Idle.Definition with { Overlap = OverlapPolicy.Queue, Schedule = new() { Cron = "*/10 * * * * ?", Misfire = misfire, CatchUp = catchUp } },
    };

    static readonly TaskLimits Wide = Limits with { OpenExecutions = 50, CatchUp = 50 };

    static ExecutionSeed[] Made(TaskState state, DateTimeOffset now) => [.. TaskDecider.Decide(state, Woken(now), Wide).State.Open.Select(open => open.Seed)];

    static DateTimeOffset[] Seconds(params int[] seconds) => [.. seconds.Select(second => Noon.AddSeconds(second))];

    [Fact]
    public void Misfire_catchUp_bounds_what_was_missed_and_not_what_is_in_time()
    {
        var made = Made(TenSeconds(MisfirePolicy.CatchUp, 2), Noon.AddSeconds(100));
        Assert.Equal(Seconds(10, 20, 30, 40, 50, 60, 70, 80, 90, 100), made.Select(seed => seed.ScheduledAt)); // at 40 it is a minute late, and not more
        Assert.Equal((Noon, $"occurrences from {Noon:O} to {Noon.AddSeconds(10):O} were due while nobody could start them, and more were than the 2 that are made up for"), (made[0].MissedSince, made[0].SkippedBecause));
        Assert.All(made[1..], seed => Assert.Null(seed.SkippedBecause));
    }

    [Fact]
    public void Misfire_skip_drops_what_was_missed_and_not_what_is_in_time()
    {
        var made = Made(TenSeconds(MisfirePolicy.Skip), Noon.AddSeconds(100));
        Assert.Equal(Seconds(30, 40, 50, 60, 70, 80, 90, 100), made.Select(seed => seed.ScheduledAt));
        Assert.Equal((Noon, $"occurrences from {Noon:O} to {Noon.AddSeconds(30):O} were due while nobody could start them, and the misfire policy is skip"), (made[0].MissedSince, made[0].SkippedBecause));
        Assert.All(made[1..], seed => Assert.Null(seed.SkippedBecause));
    }

    [Fact]
    public void Misfire_fireOnce_stands_for_what_is_in_time_by_then_too()
    {
        var made = Assert.Single(Made(TenSeconds(MisfirePolicy.FireOnce), Noon.AddSeconds(100)));
        Assert.Equal((Noon.AddSeconds(100), Noon, null), (made.ScheduledAt, made.MissedSince, made.SkippedBecause));
    }

    [Fact]
    public void The_stored_instant_fires_even_if_the_schedule_says_otherwise_by_now()
    {
        var moved = Idle with { NextAt = Noon.AddMinutes(-7) };
        Fires(moved, Noon.AddMinutes(-7), Noon, Noon.AddMinutes(-7));
        Fires(moved, Noon.AddMinutes(-5), Noon, Noon.AddMinutes(-7));
    }

    [Fact]
    public void An_ended_schedule_is_due_no_more()
    {
        var ending = Idle with { Definition = Hourly with { Schedule = Hourly.Schedule! with { EndAt = Noon.AddHours(1) } } };
        Fires(ending, Noon, null, Noon);
    }

    [Fact]
    public void A_paused_task_does_not_fire_but_asks_after_its_executions()
    {
        var state = Paused with { Open = Busy.Open };
        Given(state).When(Woken(Noon.AddMinutes(4))).Then(state with { Open = state.Open.Asked(Noon.AddMinutes(4).AddSeconds(10), asked: 1) }, new TaskEffect.TellExecution(state.Open[0].Seed, true, state.Open[0].DecidedAt));
    }

    [Fact]
    public void An_occurrence_that_overlaps_is_skipped_by_default()
    {
        var fired = Fired(Idle, Noon, Noon.AddHours(1), Noon).Open[0];
        var skipped = fired with { Seed = fired.Seed with { SkippedBecause = $"execution {Busy.Open[0].Seed.Id} is still open, and the overlap policy is skip" } };
        Given(Busy).When(Woken(Noon)).Then(Busy with { Watermark = Noon, NextAt = Noon.AddHours(1), Sequence = 21, Open = [Busy.Open[0], skipped] }, new TaskEffect.TellExecution(skipped.Seed, true, skipped.DecidedAt));
    }

    [Fact]
    public void A_year_of_wakes_makes_each_occurrence_once()
    {
        var (state, seen) = (Idle, new List<DateTimeOffset>());
        while (state.NextAt is { } next && next < Noon.AddYears(1))
        {
            var decided = TaskDecider.Decide(state, Woken(next.AddMilliseconds(3)), Limits);
            seen.AddRange(decided.Effects.OfType<TaskEffect.TellExecution>().Select(tell => tell.Seed.ScheduledAt));
            state = TaskDecider.Decide(decided.State, new TaskCommand.ExecutionHeard(next, decided.State.Open[0].Seed.Id, ExecutionStatus.Succeeded), Limits).State;
        }
        Assert.Equal(Enumerable.Range(0, 365 * 24).Select(hour => Noon.AddHours(hour)), seen);
    }
}
