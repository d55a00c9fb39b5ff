using Scheduler.Executions;
using Scheduler.Schedules;
using Scheduler.Tasks;
using static Scheduler.Tasks.TaskCommand;
using static Scheduler.Tests.Tasks.TaskSamples;

namespace Scheduler.Tests.Tasks;

/// <summary>What a task does where its times follow from more than its schedule: from the ends of its executions, from jitter, from calendars.</summary>
public class TaskTimesTests
{
    static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    static Given<TaskState, TaskCommand, TaskEffect> Given(TaskState state) => new(state, (given, command) => TaskDecider.Decide(given, command, Limits));

    static OpenExecution Opened(TaskState state, DateTimeOffset at, DateTimeOffset now) => new(Seed(state.Sequence + 1, at), true, now, now.AddSeconds(5), 0);

    /// <summary>Delayed, and one execution of it runs.</summary>
    static TaskState DelayedBusy => Delayed with { Open = Busy.Open, NextAt = null };

    static ExecutionHeard Ended(DateTimeOffset at, DateTimeOffset? now = null) => new(now ?? at, Busy.Open[0].Seed.Id, ExecutionStatus.Succeeded) { EndedAt = at };

    [Fact]
    public void A_delay_is_due_at_once_when_it_is_made() =>
        Assert.Equal(Noon, Given(Absent).When(new Create(Noon, "default", Delayed.Definition)).State.NextAt);

    [Fact]
    public void While_an_execution_of_a_delay_is_open_nothing_is_due()
    {
        var open = Opened(Delayed, Noon, Noon);
        Given(Delayed).When(new Woken(Noon)).Then(Delayed with { Watermark = Noon, NextAt = null, Sequence = 21, Open = [open] }, new TaskEffect.TellExecution(open.Seed, true, open.DecidedAt))
            .When(new Woken(Noon.AddSeconds(4))).ThenIgnored("nothing is due");
    }

    [Fact]
    public void A_delay_is_counted_from_the_end_however_it_ended()
    {
        foreach (var status in new[] { ExecutionStatus.Succeeded, ExecutionStatus.Failed, ExecutionStatus.TimedOut, ExecutionStatus.Cancelled })
            Given(DelayedBusy).When(Ended(Noon.AddMinutes(2), Noon.AddMinutes(3)) with { Status = status })
                .Then(Delayed with { LastEndAt = Noon.AddMinutes(2), NextAt = Noon.AddMinutes(2) + FiveMinutes });
    }

    [Fact]
    public void An_end_that_lies_ahead_by_another_clock_is_taken_for_now() =>
        Given(DelayedBusy).When(Ended(Noon.AddHours(1), Noon)).Then(Delayed with { LastEndAt = Noon, NextAt = Noon + FiveMinutes });

    [Fact]
    public void A_trigger_puts_a_delay_off() =>
        Assert.Null(Given(Delayed).When(new Trigger(Noon.AddMinutes(-1), new("manual"), "ann", null)).State.NextAt);

    [Fact]
    public void A_delay_goes_on_when_the_last_of_its_executions_has_ended()
    {
        var two = DelayedBusy with { Open = [Busy.Open[0], Open(21, Noon.AddMinutes(-40))], Sequence = 21 };
        Given(two).When(Ended(Noon)).ThenLazily(two with { Open = [two.Open[1]], LastEndAt = Noon })
            .When(new ExecutionHeard(Noon.AddMinutes(1), two.Open[1].Seed.Id, ExecutionStatus.Failed) { EndedAt = Noon.AddMinutes(1) })
            .Then(two with { Open = [], LastEndAt = Noon.AddMinutes(1), NextAt = Noon.AddMinutes(6) });
    }

    [Fact]
    public void While_everything_is_paused_a_delay_is_counted_anew() =>
        Given(Delayed).When(new Woken(Noon) { Held = "everything is paused" }).Then(Delayed with { Watermark = Noon, LastEndAt = Noon, NextAt = Noon + FiveMinutes });

    [Fact]
    public void A_delay_that_was_paused_is_due_when_its_time_has_come_at_once_at_the_earliest()
    {
        var paused = Delayed with { Status = ScheduledTaskStatus.Paused };
        Assert.Equal(Noon.AddHours(1), Given(paused).When(new Resume(Noon.AddHours(1))).State.NextAt);
        Assert.Equal(Noon, Given(paused).When(new Resume(Noon.AddMinutes(-2))).State.NextAt);
    }

    [Fact]
    public void A_delay_ends_with_its_schedule()
    {
        var ending = DelayedBusy with { Definition = Delayed.Definition with { Schedule = Delayed.Definition.Schedule! with { EndAt = Noon.AddMinutes(7) } } };
        Assert.Equal(Noon.AddMinutes(6), Given(ending).When(Ended(Noon.AddMinutes(1))).State.NextAt);
        Assert.Null(Given(ending).When(Ended(Noon.AddMinutes(2))).State.NextAt);
    }

    [Fact]
    public void Another_delay_is_counted_from_the_same_end_and_what_becomes_one_is_due_at_once()
    {
        var longer = Delayed.Definition with { Schedule = new() { Delay = TimeSpan.FromMinutes(30) } };
        Assert.Equal(Noon.AddMinutes(25), Given(Delayed).When(new Change(Noon.AddMinutes(-1), longer, null)).State.NextAt);
        Assert.Equal(Noon.AddMinutes(-1), Given(Idle with { LastEndAt = Noon.AddMinutes(-5) }).When(new Change(Noon.AddMinutes(-1), longer, null)).State.NextAt);
    }

    [Fact]
    public void Another_instant_is_due_at_once_in_the_past_unless_occurrences_are_decided_on_beyond_it()
    {
        TaskDefinition At(DateTimeOffset at) => Hourly with { Schedule = new() { At = at } };
        var watermark = Idle.Watermark!.Value;
        Assert.Equal(watermark.AddMinutes(1), Given(Idle).When(new Change(Noon, At(watermark.AddMinutes(1)), null)).State.NextAt);
        foreach (var at in new[] { watermark, watermark.AddDays(-7) })
            Given(Idle).When(new Change(Noon, At(at), null)).ThenRefused(SchedulerErrorKind.Conflict,
                $"schedule.at: expected an instant after 2026-03-04T11:00:00Z, up to which the task's occurrences are decided on, got {WireText.Of(at)}; trigger the task to run it now");

        // One that was decided on stays, whatever else is changed.
        var fired = Idle with { Definition = At(watermark), NextAt = null };
        Assert.Null(Given(fired).When(new Change(Noon, At(watermark) with { Priority = 1 }, null)).Decision.Refused);
    }

    [Fact]
    public void Jitter_puts_the_start_off_and_leaves_the_instant()
    {
        var start = Jitter.StartOf(7, Noon, TimeSpan.FromMinutes(30));
        Assert.InRange(start, Noon.AddMilliseconds(1), Noon.AddMinutes(30)); // else the rows below say nothing
        Assert.Equal(start, Jittered.WakeAt);
        var open = Opened(Jittered, Noon, start);
        Given(Jittered).When(new Woken(Noon)).ThenIgnored("nothing is due");
        Given(Jittered).When(new Woken(start.AddTicks(-1))).ThenIgnored("nothing is due");
        Given(Jittered).When(new Woken(start)).Then(Jittered with { Watermark = start, NextAt = Noon.AddHours(1), Sequence = 21, Open = [open] }, new TaskEffect.TellExecution(open.Seed, true, open.DecidedAt));
    }

    [Fact]
    public void The_misfire_threshold_is_counted_from_the_end_of_the_jitter()
    {
        var skips = Jittered.With(MisfirePolicy.Skip);
        var last = Noon.AddMinutes(30) + Limits.MisfireThreshold;
        Assert.Null(Given(skips).When(new Woken(last)).State.Open[0].Seed.SkippedBecause);
        Assert.Equal($"occurrences from {Noon:O} to {Noon:O} were due while nobody could start them, and the misfire policy is skip", Given(skips).When(new Woken(last.AddTicks(1))).State.Open[0].Seed.SkippedBecause);
    }

    [Fact]
    public void One_that_has_not_started_holds_back_those_after_it()
    {
        var minutely = Jittered with { Definition = Hourly with { Overlap = OverlapPolicy.Queue, Schedule = new() { Cron = "0 * * * * ?", Jitter = TimeSpan.FromMinutes(30) } } };
        var now = Noon.AddMinutes(30);
        var expected = Enumerable.Range(0, 31).Select(minute => Noon.AddMinutes(minute)).TakeWhile(at => Jitter.StartOf(7, at, TimeSpan.FromMinutes(30)) <= now).ToArray();
        Assert.InRange(expected.Length, 1, 30);
        var decided = TaskDecider.Decide(minutely, new Woken(now), new() { CatchUp = 100 });
        Assert.Equal(expected, decided.State.Open.Select(open => open.Seed.ScheduledAt));
        Assert.Equal(expected[^1].AddMinutes(1), decided.State.NextAt);
    }

    static CalendarsHeard Heard(long revision, bool areAll = true, DateTimeOffset? now = null, CalendarDefinition? calendar = null) =>
        new(now ?? Noon.AddMinutes(-20), [new(revision, calendar ?? Noons)], areAll);

    /// <summary>The same name, another time.</summary>
    static readonly CalendarDefinition Afternoons = Noons with { Weekly = [Noons.Weekly![0] with { From = "12:30", To = "13:30" }] };

    [Fact]
    public void What_a_calendar_says_by_now_decides_what_is_due()
    {
        Given(Excepted).When(Heard(2, calendar: Afternoons)).Then(Excepted with { Calendars = [new(2, Afternoons)], AskCalendarsAt = null, NextAt = Noon });
        Given(Excepted).When(Heard(2, areAll: false, calendar: Afternoons)).Then(Excepted with { Calendars = [new(2, Afternoons)], NextAt = Noon });
    }

    [Fact]
    public void What_is_due_already_stays_due_unless_the_calendar_leaves_it_out()
    {
        var due = Excepted with { NextAt = Noon, Calendars = [new(1, Afternoons)] };
        var late = Noon.AddMinutes(2);
        Given(due).When(Heard(2, now: late, calendar: Afternoons)).Then(due with { Calendars = [new(2, Afternoons)], AskCalendarsAt = null });
        Given(due).When(Heard(2, now: late)).Then(due with { Calendars = [new(2, Noons)], AskCalendarsAt = null, NextAt = Noon.AddHours(1) });
    }

    [Fact]
    public void A_calendar_that_it_knows_changes_nothing()
    {
        Given(Excepted).When(Heard(1, areAll: false)).ThenIgnored("it knows them");
        Given(Excepted).When(Heard(1)).Then(Excepted with { AskCalendarsAt = null }).When(Heard(1)).ThenIgnored("it knows them");
    }

    [Fact]
    public void An_older_word_of_a_calendar_changes_nothing() =>
        Given(Excepted with { Calendars = [new(3, Noons)] }).When(Heard(2, areAll: false, calendar: Afternoons)).ThenIgnored("it knows them");

    [Fact]
    public void A_calendar_that_it_does_not_name_is_none_of_its_business() =>
        Given(Excepted).When(Heard(9, areAll: false, calendar: Afternoons with { Name = "others" })).ThenIgnored("it knows them");

    [Fact]
    public void A_calendar_that_is_gone_stays_as_it_was() =>
        Given(Excepted).When(new CalendarsHeard(Noon.AddMinutes(-20), [], AreAll: true)).Then(Excepted with { AskCalendarsAt = null });

    [Fact]
    public void What_is_not_there_hears_of_no_calendars()
    {
        Given(Absent).When(Heard(2)).ThenIgnored("there is no such task");
        Given(Deleted).When(Heard(2)).ThenIgnored("the task has been deleted");
    }

    [Fact]
    public void It_asks_after_its_calendars_until_it_has_heard() =>
        Given(Excepted).When(new Woken(Noon.AddSeconds(5))).Then(Excepted with { AskCalendarsAt = Noon.AddSeconds(5) + Limits.AskAtMost }, new TaskEffect.AskCalendars());
}
