using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Tasks;
using static Scheduler.Tasks.TaskCommand;
using static Scheduler.Tests.Tasks.TaskSamples;

namespace Scheduler.Tests.Tasks;

/// <summary>What people do to a task, and what its executions say to it. Its schedule is in <see cref="TaskScheduleTests"/>.</summary>
public class TaskDeciderTests
{
    static readonly ExecutionId Manual = new("manual");

    static Given<TaskState, TaskCommand, TaskEffect> Given(TaskState state) => new(state, (given, command) => TaskDecider.Decide(given, command, Limits));

    static TaskEffect Tell(OpenExecution open) => new TaskEffect.TellExecution(open.Seed, true, open.DecidedAt);

    /// <summary>It was decided on just now.</summary>
    static TaskEffect Made(ExecutionSeed seed, bool go = true) => new TaskEffect.TellExecution(seed, go, Noon);

    static TaskEffect Cancel(OpenExecution open, string reason) => new TaskEffect.CancelExecution(open.Seed.Id, reason);

    static ExecutionHeard Heard(OpenExecution open, ExecutionStatus status) => new(Noon, open.Seed.Id, status);

    static Trigger Triggered(JsonElement? parameters = null) => new(Noon, Manual, "ann", parameters);

    static ExecutionSeed ManualSeed(long sequence) => Seed(sequence, Noon) with { Id = Manual, Trigger = TriggerKind.Manual, TriggeredBy = "ann" };

    static OpenExecution New(ExecutionSeed seed, bool go = true) => new(seed, go, Noon, Noon.AddSeconds(5), 0);

    [Fact]
    public void It_is_born_enabled_and_due_by_its_schedule() =>
        Given(Absent).When(new Create(Noon, "default", Hourly)).Then(new() { Id = 7, Tenant = "default", Definition = Hourly, Revision = 1, Status = ScheduledTaskStatus.Enabled, CreatedAt = Noon, UpdatedAt = Noon, NextAt = Noon.AddHours(1) });

    [Theory]
    [InlineData(null, null)]
    [InlineData(-60, -60)] // in the past: at once
    [InlineData(60, 60)]
    public void It_is_born_due_at_its_instant_wherever_that_lies(int? at, int? next)
    {
        var definition = Hourly with { Schedule = at is { } minutes ? new() { At = Noon.AddMinutes(minutes) } : null };
        Assert.Equal(next is { } due ? Noon.AddMinutes(due) : null, Given(Absent).When(new Create(Noon, "default", definition)).State.NextAt);
    }

    [Fact]
    public void A_polling_task_is_born_with_its_shards() => Assert.Equal([new TaskEffect.EnsureShards()], Given(Absent).When(new Create(Noon, "default", Orders)).Decision.Effects);

    [Fact]
    public void It_is_born_once()
    {
        Given(Idle).When(new Create(Noon, "default", Hourly)).ThenIgnored("it exists");
        Given(Deleted).When(new Create(Noon, "default", Hourly)).ThenIgnored("it exists");
    }

    [Fact]
    public void A_change_takes_the_whole_definition_and_leaves_the_next_occurrence_of_the_same_schedule()
    {
        var changed = Hourly with { Description = "new", Overlap = OverlapPolicy.Queue };
        Given(Busy).When(new Change(Noon, changed, 3)).Then(Busy with { Definition = changed, Revision = 4, UpdatedAt = Noon });
    }

    [Fact]
    public void A_change_of_the_schedule_is_due_from_now_on()
    {
        var changed = Hourly with { Schedule = new() { Cron = "0 */10 * * * ?" } };
        Given(Idle).When(new Change(Noon, changed, null)).Then(Idle with { Definition = changed, Revision = 4, UpdatedAt = Noon, NextAt = Noon.AddMinutes(10) });
    }

    [Fact]
    public void A_change_of_the_schedule_brings_nothing_back_that_was_decided()
    {
        var ahead = Idle with { Watermark = Noon.AddMinutes(5) }; // another node's clock was ahead
        Assert.Equal(Noon.AddMinutes(6), Given(ahead).When(new Change(Noon, Hourly with { Schedule = new() { Cron = "0 * * * * ?" } }, null)).State.NextAt);
        Assert.Equal(SchedulerErrorKind.Conflict, Given(ahead).When(new Change(Noon, Hourly with { Schedule = new() { At = Noon.AddMinutes(4) } }, null)).Decision.Refused?.Kind);
    }

    [Fact]
    public void A_change_of_a_polling_task_sees_to_its_shards()
    {
        var polling = Idle with { Definition = Orders };
        var wider = Orders with { Handler = new() { Polling = Orders.Handler.Polling! with { Shards = new() { Databases = "d{0..2}", Tables = "t" } } } };
        Given(polling).When(new Change(Noon, wider, null)).Then(polling with { Definition = wider, Revision = 4, UpdatedAt = Noon }, new TaskEffect.EnsureShards());
        Given(polling with { Open = Busy.Open }).When(new Change(Noon, wider, null))
            .ThenRefused(SchedulerErrorKind.Conflict, $"handler.polling.shards cannot change while execution {Busy.Open[0].Seed.Id} is open");
    }

    [Fact]
    public void A_change_is_refused_where_it_does_not_go_with_what_there_is()
    {
        Given(Idle).When(new Change(Noon, Hourly, 2)).ThenRefused(SchedulerErrorKind.VersionMismatch, "expected version 2 of task \"report\", it has version 3 by now");
        Given(Idle).When(new Change(Noon, Hourly with { Name = "other" }, null)).ThenRefused(SchedulerErrorKind.Conflict, "name: expected \"report\", got \"other\"; a task keeps its name");
        Given(Idle).When(new Change(Noon, Orders, null)).ThenRefused(SchedulerErrorKind.Conflict, "handler: expected one of kind code, as the task has, got polling; delete the task and make it anew");
    }

    [Fact]
    public void While_it_is_paused_nothing_is_due() =>
        Given(Idle)
            .When(new Pause(Noon)).Then(Paused with { Revision = 4, UpdatedAt = Noon })
            .When(new Pause(Noon)).ThenIgnored("it is paused")
            .When(new Woken(Noon.AddHours(3))).ThenIgnored("nothing is due");

    [Fact]
    public void Resumed_it_drops_what_was_due_meanwhile()
    {
        Given(Paused).When(new Resume(Noon.AddHours(2.5))).Then(Idle with { Revision = 4, UpdatedAt = Noon.AddHours(2.5), NextAt = Noon.AddHours(3) });
        Given(Idle).When(new Resume(Noon)).ThenIgnored("it is enabled");
        var once = Paused with { Definition = Hourly with { Schedule = new() { At = Noon } }, Watermark = null };
        Assert.Null(Given(once).When(new Resume(Noon.AddHours(1))).State.NextAt);
        Assert.Equal(Noon, Given(once).When(new Resume(Noon.AddHours(-1))).State.NextAt);
    }

    [Fact]
    public void Deleted_it_is_due_no_more_and_its_open_executions_are_cancelled()
    {
        Given(Idle).When(new Delete(Noon)).Then(Deleted with { Revision = 4, UpdatedAt = Noon });
        Given(Crowded).When(new Delete(Noon)).Then(
            Crowded with { Status = ScheduledTaskStatus.Deleted, Revision = 4, UpdatedAt = Noon, NextAt = null, Open = [.. Crowded.Open.Select(open => open with { CancelBecause = "its task was deleted", AskAt = Noon.AddSeconds(5) })] },
            [.. Crowded.Open.Select(open => Cancel(open, "its task was deleted"))]);
    }

    [Fact]
    public void Nothing_can_be_done_with_what_is_deleted_or_was_never_there()
    {
        foreach (var state in new[] { Absent, Deleted })
            foreach (TaskCommand command in new TaskCommand[] { new Change(Noon, Hourly, null), new Pause(Noon), new Resume(Noon), new Delete(Noon), Triggered() })
                Given(state).When(command).ThenRefused(SchedulerErrorKind.NotFound, "the task has been deleted");
        Given(Absent).When(new Woken(Noon)).ThenIgnored("there is no such task");
        Given(Deleted).When(new Woken(Noon)).ThenIgnored("nothing is due");
    }

    [Fact]
    public void A_trigger_opens_an_execution_whatever_the_schedule_says()
    {
        Given(Idle).When(Triggered()).Then(Idle with { Sequence = 21, Open = [New(ManualSeed(21))] }, Made(ManualSeed(21)));
        Given(Paused).When(Triggered()).Then(Paused with { Sequence = 21, Open = [New(ManualSeed(21))] }, Made(ManualSeed(21)));
    }

    [Fact]
    public void A_trigger_whose_key_was_looked_up_before_the_last_execution_was_made_opens_none()
    {
        Given(Idle).When(Triggered() with { SeenSequence = 19 }).ThenIgnored("executions were made since its key was looked up: look again");
        var keyed = ManualSeed(21) with { Brought = new(Parameters: false, ConcurrencyKey: false) };
        Given(Idle).When(Triggered() with { SeenSequence = 20 }).Then(Idle with { Sequence = 21, Open = [New(keyed)] }, Made(keyed));
    }

    [Fact]
    public void A_trigger_that_comes_twice_opens_one() => Given(Idle).When(Triggered()).When(Triggered()).ThenIgnored("execution manual is open");

    [Fact]
    public void A_trigger_brings_its_own_parameters_or_takes_the_tasks()
    {
        var (own, given) = (JsonSerializer.SerializeToElement("task's"), JsonSerializer.SerializeToElement("trigger's"));
        var state = Idle with { Definition = Hourly with { Parameters = own } };
        Assert.Equal("trigger's", Given(state).When(Triggered(given)).State.Open[0].Seed.Parameters?.GetString());
        Assert.Equal("task's", Given(state).When(Triggered()).State.Open[0].Seed.Parameters?.GetString());
    }

    [Fact]
    public void Overlap_skip_leaves_a_record_that_says_why()
    {
        var skipped = ManualSeed(21) with { SkippedBecause = $"execution {Busy.Open[0].Seed.Id} is still open, and the overlap policy is skip" };
        Given(Busy).When(Triggered()).Then(Busy with { Sequence = 21, Open = [Busy.Open[0], New(skipped)] }, Made(skipped));
    }

    [Fact]
    public void A_record_of_what_was_skipped_is_in_nobodys_way()
    {
        var state = Idle with { Open = [Skipped(20, Noon.AddHours(-1))] };
        Given(state).When(Triggered()).Then(state with { Sequence = 21, Open = [state.Open[0], New(ManualSeed(21))] }, Made(ManualSeed(21)));
    }

    [Fact]
    public void Overlap_queue_waits_for_its_turn()
    {
        var state = Busy.With(OverlapPolicy.Queue);
        Given(state).When(Triggered()).Then(state with { Sequence = 21, Open = [state.Open[0], New(ManualSeed(21), go: false)] }, Made(ManualSeed(21), go: false));
    }

    [Fact]
    public void Overlap_allow_runs_both()
    {
        var state = Busy.With(OverlapPolicy.Allow);
        Given(state).When(Triggered()).Then(state with { Sequence = 21, Open = [state.Open[0], New(ManualSeed(21))] }, Made(ManualSeed(21)));
    }

    [Fact]
    public void As_many_run_at_once_as_the_task_says_and_the_others_wait_in_order()
    {
        Given(Narrow).When(Triggered()).Then(Narrow with { Sequence = 24, Open = [.. Narrow.Open, New(ManualSeed(24), go: false)] }, Made(ManualSeed(24), go: false));
        var next = Narrow.Open[2] with { Go = true, AskAt = Noon.AddSeconds(5) };
        Given(Narrow).When(Heard(Narrow.Open[1], ExecutionStatus.Succeeded)).Then(Narrow with { Open = [Narrow.Open[0], next, Narrow.Open[3]] }, Tell(next));
    }

    [Fact]
    public void Who_waits_goes_when_the_task_is_changed_to_run_more_at_once()
    {
        var wider = Narrow.Definition with { Concurrency = new() { PerTask = 3 } };
        var next = Narrow.Open[2] with { Go = true, AskAt = Noon.AddSeconds(5) };
        Given(Narrow).When(new Change(Noon, wider, null))
            .Then(Narrow with { Definition = wider, Revision = 4, UpdatedAt = Noon, Open = [Narrow.Open[0], Narrow.Open[1], next, Narrow.Open[3]] }, Tell(next));
    }

    [Fact]
    public void While_its_tenant_is_paused_what_is_due_is_dropped_and_nobody_triggers_it()
    {
        Given(Idle).When(new Woken(Noon) { Held = "everything is paused" }).Then(Idle with { Watermark = Noon, NextAt = Noon.AddHours(1) });
        Given(Idle).When(Triggered() with { Held = "everything is paused" }).ThenRefused(SchedulerErrorKind.Conflict, "everything is paused");
        // Those that wait go all the same when their turn comes.
        Given(Crowded).When(Heard(Crowded.Open[0], ExecutionStatus.Failed) with { Held = "everything is paused" })
            .Then(Crowded with { Open = [Crowded.Open[1] with { Go = true, AskAt = Noon.AddSeconds(5) }, Crowded.Open[2]] }, Tell(Crowded.Open[1]));
    }

    [Fact]
    public void A_deletion_that_waits_cancels_those_in_line_alone()
    {
        const string reason = "its task was deleted before its turn came";
        OpenExecution Cancelled(OpenExecution open) => open with { CancelBecause = reason, AskAt = Noon.AddSeconds(5) };
        Given(Crowded).When(new Delete(Noon, DeleteMode.Wait)).Then(
            Crowded with { Status = ScheduledTaskStatus.Deleted, NextAt = null, Revision = 4, UpdatedAt = Noon, Open = [Crowded.Open[0], Cancelled(Crowded.Open[1]), Cancelled(Crowded.Open[2])] },
            Cancel(Crowded.Open[1], reason), Cancel(Crowded.Open[2], reason));
    }

    [Fact]
    public void A_trigger_s_key_takes_the_place_of_the_task_s()
    {
        var keyed = Idle with { Definition = Hourly with { Concurrency = new() { Key = "shop", Limit = 2 } } };
        var (own, given) = (ManualSeed(21) with { ConcurrencyKey = "shop", KeyLimit = 2 }, ManualSeed(21) with { ConcurrencyKey = "customer 7", KeyLimit = 2 });
        Given(keyed).When(Triggered()).Then(keyed with { Sequence = 21, Open = [New(own)] }, Made(own));
        Given(keyed).When(Triggered() with { ConcurrencyKey = "customer 7" }).Then(keyed with { Sequence = 21, Open = [New(given)] }, Made(given));
        Given(Idle).When(Triggered() with { ConcurrencyKey = "customer 7" })
            .ThenRefused(SchedulerErrorKind.Conflict, "concurrencyKey: expected a task whose concurrency.limit says how many executions of a key may run at once, it has none");
    }

    [Fact]
    public void Overlap_cancelPrevious_cancels_what_is_open_and_goes_when_it_has_ended()
    {
        var (state, reason) = (Busy.With(OverlapPolicy.CancelPrevious), "execution manual takes its place");
        var cancelled = state.Open[0] with { CancelBecause = reason, AskAt = Noon.AddSeconds(5) };
        Given(state)
            .When(Triggered()).Then(state with { Sequence = 21, Open = [cancelled, New(ManualSeed(21), go: false)] }, Cancel(cancelled, reason), Made(ManualSeed(21), go: false))
            .When(Heard(cancelled, ExecutionStatus.Cancelled)).Then(state with { Sequence = 21, Open = [New(ManualSeed(21))] }, Made(ManualSeed(21)));
    }

    [Fact]
    public void More_than_the_limit_are_not_open_whatever_the_policy()
    {
        foreach (var overlap in new[] { OverlapPolicy.Queue, OverlapPolicy.Allow, OverlapPolicy.CancelPrevious })
        {
            var state = Idle.With(overlap) with { Sequence = 24, Open = [.. Enumerable.Range(0, 5).Select(n => Open(20 + n, Noon.AddMinutes(n - 50), go: n == 0))] };
            var skipped = ManualSeed(25) with { SkippedBecause = "5 executions of the task are open, which is the limit" };
            Given(state).When(Triggered()).Then(state with { Sequence = 25, Open = [.. state.Open, New(skipped)] }, Made(skipped));
        }
    }

    [Fact]
    public void An_execution_that_has_ended_is_open_no_more()
    {
        foreach (var ended in new[] { ExecutionStatus.Succeeded, ExecutionStatus.Failed, ExecutionStatus.TimedOut, ExecutionStatus.Cancelled, ExecutionStatus.Skipped })
            Given(Busy).When(Heard(Busy.Open[0], ended)).ThenLazily(Idle);
    }

    [Fact]
    public void An_end_waits_for_the_next_write_only_where_that_follows_within_a_moment()
    {
        var end = Heard(Busy.Open[0], ExecutionStatus.Succeeded);
        Given(Busy with { NextAt = Noon.AddSeconds(1) }).When(end).ThenLazily(Idle with { NextAt = Noon.AddSeconds(1) });
        Given(Busy with { NextAt = Noon.AddSeconds(1.001) }).When(end).Then(Idle with { NextAt = Noon.AddSeconds(1.001) });
        Given(Busy with { NextAt = null }).When(end).Then(Idle with { NextAt = null });
    }

    [Fact]
    public void The_next_in_line_goes_when_the_one_before_has_ended() =>
        Given(Crowded).When(Heard(Crowded.Open[0], ExecutionStatus.Failed))
            .Then(Crowded with { Open = [Crowded.Open[1] with { Go = true, AskAt = Noon.AddSeconds(5) }, Crowded.Open[2]] }, Tell(Crowded.Open[1]));

    [Fact]
    public void Nobody_goes_while_one_still_runs() =>
        Given(Crowded).When(Heard(Crowded.Open[1], ExecutionStatus.Cancelled)).ThenLazily(Crowded with { Open = [Crowded.Open[0], Crowded.Open[2]] });

    [Fact]
    public void The_record_of_what_was_skipped_holds_nobody_up()
    {
        var state = Crowded with { Open = [Crowded.Open[0], Skipped(21, Noon.AddMinutes(-40)), Crowded.Open[2]] };
        Given(state).When(Heard(state.Open[0], ExecutionStatus.Succeeded))
            .Then(state with { Open = [state.Open[1], state.Open[2] with { Go = true, AskAt = Noon.AddSeconds(5) }] }, Tell(state.Open[2]));
    }

    [Fact]
    public void Who_is_cancelled_in_line_does_not_go()
    {
        var state = Crowded with { Open = [Crowded.Open[0], Crowded.Open[1] with { CancelBecause = "by hand" }, Crowded.Open[2]] };
        Given(state).When(Heard(state.Open[0], ExecutionStatus.Succeeded))
            .Then(state with { Open = [state.Open[1], state.Open[2] with { Go = true, AskAt = Noon.AddSeconds(5) }] }, Tell(state.Open[2]));
    }

    [Fact]
    public void The_end_of_what_is_not_open_is_no_news() => Given(Idle).When(new ExecutionHeard(Noon, Manual, ExecutionStatus.Succeeded)).ThenIgnored("execution manual is not open");

    [Fact]
    public void Who_has_answered_is_asked_after_seldom_and_soon_again_while_it_is_to_stop()
    {
        var state = Busy with { Open = Busy.Open.Asked(Noon.AddSeconds(1), asked: 3) };
        Given(state).When(Heard(state.Open[0], ExecutionStatus.Running)).ThenLazily(Busy with { Open = Busy.Open.Asked(Noon.AddMinutes(5)) });
        Given(Cancelling).When(Heard(Cancelling.Open[0], ExecutionStatus.Running)).ThenLazily(Cancelling with { Open = Cancelling.Open.Asked(Noon.AddSeconds(5)) });
    }

    [Fact]
    public void Who_has_not_answered_is_told_again_after_a_wait_that_doubles_up_to_a_bound()
    {
        var at = Noon;
        var (state, waits) = (Busy with { NextAt = null, Open = Busy.Open.Asked(at) }, new List<double>());
        for (var asked = 1; asked <= 9; asked++)
        {
            Given(state).When(new Woken(at.AddTicks(-1))).ThenIgnored("nothing is due");
            var decided = Given(state).When(new Woken(at));
            var next = decided.State.WakeAt!.Value;
            decided.Then(state with { Open = state.Open.Asked(next, asked) }, Tell(state.Open[0]));
            waits.Add((next - at).TotalSeconds);
            (state, at) = (decided.State, next);
        }
        Assert.Equal([10, 20, 40, 80, 160, 300, 300, 300, 300], waits);
    }

    [Fact]
    public void Who_is_to_stop_is_told_so_again_and_made_first_where_it_was_never_heard_of() =>
        Given(Cancelling with { NextAt = null }).When(new Activated(Noon.AddSeconds(5)))
            .Then(Cancelling with { NextAt = null, Open = Cancelling.Open.Asked(Noon.AddSeconds(15), asked: 1) }, Tell(Cancelling.Open[0]), Cancel(Cancelling.Open[0], "by hand"));

    [Fact]
    public void A_deleted_task_asks_until_the_last_has_ended() =>
        Given(DeletedBusy)
            .When(new Woken(Noon.AddSeconds(5))).Then(DeletedBusy with { Open = DeletedBusy.Open.Asked(Noon.AddSeconds(15), asked: 1) }, Tell(DeletedBusy.Open[0]), Cancel(DeletedBusy.Open[0], "by hand"))
            .When(Heard(DeletedBusy.Open[0], ExecutionStatus.Cancelled)).Then(Deleted);

    [Fact]
    public void A_retry_opens_an_execution_that_knows_which_it_retries()
    {
        var seed = ManualSeed(21) with { Trigger = TriggerKind.Retry, Parameters = JsonSerializer.SerializeToElement(5), RetryOf = Seed(19, Noon).Id, RetriedRound = 19 };
        Given(Idle).When(new Retry(Noon, Manual, "ann", Seed(19, Noon) with { Parameters = JsonSerializer.SerializeToElement(5) }))
            .Then(Idle with { Sequence = 21, Open = [New(seed)] }, Made(seed))
            .When(new Retry(Noon, Manual, "ann", Seed(19, Noon))).ThenIgnored("execution manual is open");
        Given(Deleted).When(new Retry(Noon, Manual, "ann", Seed(19, Noon))).ThenRefused(SchedulerErrorKind.NotFound, "the task has been deleted");
    }

    [Fact]
    public void A_database_is_in_quarantine_from_when_somebody_says_so_until_somebody_releases_it()
    {
        var quarantined = Idle with { Revision = 4, UpdatedAt = Noon, Quarantined = [new("d1", Noon)] };
        Given(Idle).When(new Quarantine(Noon, "d1")).Then(quarantined)
            .When(new Quarantine(Noon.AddHours(1), "d1")).ThenIgnored("database d1 is in quarantine")
            .When(new Release(Noon.AddHours(1), "d1")).Then(Idle with { Revision = 5, UpdatedAt = Noon.AddHours(1) })
            .When(new Release(Noon.AddHours(1), "d1")).ThenIgnored("database d1 is not in quarantine");
    }
}
