using System.Text.Json;
using Scheduler.Executions;
using static Scheduler.Executions.ExecutionCommand;
using static Scheduler.Tests.Executions.ExecutionSamples;

namespace Scheduler.Tests.Executions;

public class ExecutionDeciderTests
{
    /// <summary>The token of the first run of what is made at noon.</summary>
    static readonly long First = Noon.ToUnixTimeMilliseconds() + 1;

    static readonly JsonElement Result = JsonSerializer.SerializeToElement(new { rows = 3 });

    static Given<ExecutionState, ExecutionCommand, ExecutionEffect> Given(ExecutionState state) => new(state, (given, command) => ExecutionDecider.Decide(given, command, Limits));

    static Create Create(ExecutionSeed seed, bool go = true, TimeSpan late = default) => new(Noon, seed, go, Noon - late) { DecidedAt = Noon, IsNew = true };

    static ExecutionEffect Told(ExecutionStatus status) => new ExecutionEffect.TellTask(7, status);

    static ExecutionState End(ExecutionState state, ExecutionStatus outcome) =>
        state with { Status = outcome, EndedAt = Noon, WakeAt = null, RetryAt = null, AbandonAt = null, Stopping = StopReason.None };

    [Fact]
    public void What_may_go_waits_for_a_slot() =>
        Given(Absent).When(Create(CodeSeed)).Then(ForSlot with { CreatedAt = Noon, FencingToken = First }, new ExecutionEffect.Run(First, 1));

    [Fact]
    public void What_its_task_says_within_the_process_begins_before_it_is_written() =>
        Given(Absent).When(Create(CodeSeed) with { IsHere = true }).ThenLazily(ForSlot with { CreatedAt = Noon, FencingToken = First }, new ExecutionEffect.Run(First, 1));

    [Fact]
    public void What_is_looked_for_counted_or_must_be_seen_when_lost_is_written_first()
    {
        foreach (var seed in new[] { CodeSeed with { Trigger = TriggerKind.Manual }, CodeSeed with { OnNodeLost = NodeLossPolicy.Fail }, PollingSeed, KeyedSeed })
            Assert.False(Given(Absent).When(Create(seed) with { IsHere = true }).Decision.Lazy);
        Assert.False(Given(Absent).When(Create(CodeSeed) with { IsHere = true, TenantIsLimited = true }).Decision.Lazy);
        Assert.False(Given(Absent).When(Create(CodeSeed, go: false) with { IsHere = true }).Decision.Lazy);
    }

    /// <summary>Whatever this node's clock says: the token follows the one that the lost run had.</summary>
    [Fact]
    public void What_is_said_again_and_unknown_may_have_run_and_begins_above_that_run() =>
        Given(Absent).When(Create(CodeSeed) with { Now = Noon.AddSeconds(-7), IsNew = false })
            .Then(ForSlot with { CreatedAt = Noon.AddSeconds(-7), FencingToken = First + 1, Interrupted = true }, new ExecutionEffect.Run(First + 1, 1));

    [Fact]
    public void What_may_not_go_yet_waits_for_its_turn_and_begins_when_it_comes() =>
        Given(Absent)
            .When(Create(CodeSeed, go: false)).Then(InLine with { CreatedAt = Noon, FencingToken = First - 1 })
            .When(Create(CodeSeed)).Then(ForSlot with { CreatedAt = Noon, FencingToken = First }, new ExecutionEffect.Run(First, 1));

    [Fact]
    public void A_polling_execution_starts_its_shards_and_looks_after_them() =>
        Given(Absent).When(Create(PollingSeed)).Then(PollingInLine with { Status = ExecutionStatus.Running, Attempt = 1, FencingToken = First - 1, CreatedAt = Noon, StartedAt = Noon, WakeAt = Noon.AddSeconds(30) },
            new ExecutionEffect.StartShards(12));

    [Fact]
    public void What_a_policy_dropped_is_a_record_that_never_runs() =>
        Given(Absent).When(Create(CodeSeed with { SkippedBecause = "still open" }))
            .Then(End(InLine with { Seed = CodeSeed with { SkippedBecause = "still open" }, FencingToken = First - 1, CreatedAt = Noon, Error = "still open" }, ExecutionStatus.Skipped), Told(ExecutionStatus.Skipped));

    [Fact]
    public void A_word_that_comes_too_late_makes_nothing() =>
        Given(Absent).When(Create(CodeSeed, late: TimeSpan.FromHours(2))).ThenIgnored("said at 2026-03-04T10:00:00.0000000+00:00: too long ago");

    [Fact]
    public void A_word_that_comes_again_is_answered_whatever_the_state()
    {
        foreach (var state in All.Where(state => state.Status != ExecutionStatus.None && state != InLine && state != PollingInLine))
            Given(state).When(Create(state.Seed, late: TimeSpan.FromDays(2))).ThenIgnored("it exists", Told(state.Status));
        Given(InLine).When(Create(CodeSeed, go: false)).ThenIgnored("it exists", Told(ExecutionStatus.Waiting));
    }

    [Fact]
    public void It_starts_when_it_has_a_slot_and_its_time_runs_from_then() =>
        Given(ForSlot).When(new Started(Noon, 1, "node-a")).ThenLazily(ForSlot with { Status = ExecutionStatus.Running, Node = "node-a", StartedAt = Noon, RunStartedAt = Noon, WakeAt = Noon.AddHours(1) });

    [Fact]
    public void A_second_attempt_does_not_start_the_time_anew() =>
        Given(ForSlot with { Attempt = 2, FencingToken = 2, StartedAt = Noon.AddMinutes(-10) }).When(new Started(Noon, 2, "node-b"))
            .ThenLazily(ForSlot with { Attempt = 2, FencingToken = 2, Status = ExecutionStatus.Running, Node = "node-b", StartedAt = Noon.AddMinutes(-10), RunStartedAt = Noon, WakeAt = Noon.AddMinutes(50) });

    [Fact]
    public void It_starts_once() => Given(AtWork).When(new Started(Noon, 1, "node-a")).ThenIgnored("it has started");

    [Fact]
    public void It_succeeds_with_its_result() =>
        Given(AtWork with { Error = "the attempt before" }).When(new RunSucceeded(Noon, 1, Result)).Then(End(AtWork with { Result = Result }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded));

    [Fact]
    public void It_is_tried_again_after_a_wait_that_grows()
    {
        Given(AtWork).When(new RunFailed(Noon, 1, "no connection", true, 0))
            .Then(AtWork with { Status = ExecutionStatus.Retrying, Error = "no connection", Past = [Past(AttemptOutcome.Failed, "no connection")], RunStartedAt = null, RetryAt = Noon.AddSeconds(10), WakeAt = Noon.AddSeconds(10) });
        Given(AtWork with { Attempt = 2 }).When(new RunFailed(Noon, 1, "no connection", true, 0.5))
            .Then(AtWork with { Attempt = 2, Status = ExecutionStatus.Retrying, Error = "no connection", Past = [Past(AttemptOutcome.Failed, "no connection", 2)], RunStartedAt = null, RetryAt = Noon.AddSeconds(18), WakeAt = Noon.AddSeconds(18) });
    }

    [Fact]
    public void The_next_attempt_begins_when_its_time_has_come_under_a_new_token()
    {
        Given(Retrying).When(new Woken(Noon.AddSeconds(4))).ThenIgnored("nothing is due");
        Given(Retrying).When(new Woken(Noon.AddSeconds(5)))
            .Then(Retrying with { Status = ExecutionStatus.Waiting, Attempt = 2, FencingToken = 2, RetryAt = null, WakeAt = AtWork.WakeAt }, new ExecutionEffect.Run(2, 2));
    }

    [Fact]
    public void After_its_last_attempt_it_has_failed() =>
        Given(AtWork with { Attempt = 3 }).When(new RunFailed(Noon, 1, "no connection", true, 0)).Then(End(AtWork with { Attempt = 3, Error = "no connection" }, ExecutionStatus.Failed), Told(ExecutionStatus.Failed));

    [Fact]
    public void A_failure_that_no_retry_mends_ends_it() =>
        Given(AtWork).When(new RunFailed(Noon, 1, "bad data", false, 0)).Then(End(AtWork with { Error = "bad data" }, ExecutionStatus.Failed), Told(ExecutionStatus.Failed));

    [Fact]
    public void Reports_of_an_older_run_are_ignored()
    {
        foreach (var state in new[] { ForSlot, AtWork, Cancelling })
            foreach (var report in Reports(token: 0))
                Given(state).When(report).ThenIgnored("report of an older run");
        // Between two attempts there is no run that could report.
        foreach (var report in Reports(token: 1)) Given(Retrying).When(report).ThenIgnored("report of an older run");
    }

    static ExecutionCommand[] Reports(long token) => [new Started(Noon, token, "node-b"), new RunSucceeded(Noon, token, Result), new RunFailed(Noon, token, "late", true, 0), new RunStopped(Noon, token)];

    [Fact]
    public void Nothing_changes_what_has_ended()
    {
        ExecutionCommand[] commands = [.. Reports(token: 1), new Activated(Noon), new Woken(Noon), new ShardEnded(Noon), new ShardsCounted(Noon, new(1, 0, 0, 1, 0, 0, 0), 9)];
        foreach (var outcome in new[] { ExecutionStatus.Succeeded, ExecutionStatus.Failed, ExecutionStatus.TimedOut, ExecutionStatus.Cancelled })
            foreach (var command in commands)
                Given(Ended(outcome)).When(command).ThenIgnored($"it has ended ({outcome})");
    }

    [Fact]
    public void Who_cancels_what_has_ended_is_told_so_and_its_task_that_may_not_have_heard_again() =>
        Given(Ended(ExecutionStatus.TimedOut)).When(new Cancel(Noon, "by hand"))
            .ThenRefused(SchedulerErrorKind.Conflict, $"execution {Id} has ended: it is timedOut since 2026-03-04T11:59:59.0000000+00:00", Told(ExecutionStatus.TimedOut));

    [Fact]
    public void A_cancel_stops_the_run_and_ends_when_it_has_stopped() =>
        Given(AtWork)
            .When(new Cancel(Noon, "by hand")).Then(AtWork with { Stopping = StopReason.Cancelled, Error = "by hand", AbandonAt = Noon.AddSeconds(10), WakeAt = Noon.AddSeconds(10) }, new ExecutionEffect.StopRun(1))
            .When(new Cancel(Noon, "again")).ThenIgnored("it is being stopped")
            .When(new RunStopped(Noon, 1)).Then(End(AtWork with { Error = "by hand" }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));

    [Fact]
    public void What_waits_for_a_slot_is_taken_from_its_line() =>
        Given(ForSlot)
            .When(new Cancel(Noon, "by hand")).Then(ForSlot with { Stopping = StopReason.Cancelled, Error = "by hand", AbandonAt = Noon.AddSeconds(10), WakeAt = Noon.AddSeconds(10) }, new ExecutionEffect.StopRun(1));

    [Fact]
    public void What_does_not_run_is_cancelled_at_once()
    {
        Given(InLine).When(new Cancel(Noon, "by hand")).Then(End(InLine with { Error = "by hand" }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));
        Given(PollingInLine).When(new Cancel(Noon, "by hand")).Then(End(PollingInLine with { Error = "by hand" }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));
        Given(Retrying).When(new Cancel(Noon, "by hand")).Then(End(Retrying with { Error = "by hand" }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));
    }

    [Fact]
    public void A_run_that_fails_while_it_is_stopped_is_not_tried_again() =>
        Given(Cancelling).When(new RunFailed(Noon, 1, "cancelled in the middle", true, 0)).Then(End(Cancelling, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));

    [Fact]
    public void A_run_that_is_done_before_it_heeds_the_stop_has_succeeded() =>
        Given(Cancelling).When(new RunSucceeded(Noon, 1, Result)).Then(End(Cancelling with { Result = Result, Error = null }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded));

    [Fact]
    public void A_run_that_does_not_heed_the_stop_is_given_up_and_its_reports_are_stale()
    {
        Given(Cancelling).When(new Woken(Noon.AddSeconds(4))).ThenIgnored("nothing is due");
        Given(Cancelling).When(new Woken(Noon.AddSeconds(5)))
            .Then(End(Cancelling with { FencingToken = 2 }, ExecutionStatus.Cancelled) with { EndedAt = Noon.AddSeconds(5) }, new ExecutionEffect.StopRun(1), Told(ExecutionStatus.Cancelled));
    }

    [Fact]
    public void What_takes_longer_than_its_timeout_is_stopped_and_has_timed_out()
    {
        var late = AtWork.WakeAt!.Value;
        Given(AtWork).When(new Woken(late.AddTicks(-1))).ThenIgnored("nothing is due");
        Given(AtWork)
            .When(new Woken(late)).Then(AtWork with { Stopping = StopReason.TimedOut, Error = "expected to end within 01:00:00, did not", AbandonAt = late.AddSeconds(10), WakeAt = late.AddSeconds(10) }, new ExecutionEffect.StopRun(1))
            .When(new RunStopped(Noon, 1)).Then(End(AtWork with { Error = "expected to end within 01:00:00, did not" }, ExecutionStatus.TimedOut), Told(ExecutionStatus.TimedOut));
    }

    [Fact]
    public void The_timeout_holds_between_attempts_too()
    {
        var waiting = Retrying with { RetryAt = Noon.AddDays(1), WakeAt = AtWork.WakeAt };
        Given(waiting).When(new Woken(waiting.WakeAt!.Value))
            .Then(End(waiting with { Error = "expected to end within 01:00:00, did not" }, ExecutionStatus.TimedOut) with { EndedAt = waiting.WakeAt }, Told(ExecutionStatus.TimedOut));
    }

    /// <summary>It was let pass once, and may stand in a row still.</summary>
    [Fact]
    public void A_timeout_beyond_the_end_of_the_calendar_limits_nothing()
    {
        var endless = CodeSeed with { Timeout = TimeSpan.FromDays(3_000_000) };
        Given(ForSlot with { Seed = endless }).When(new Started(Noon, 1, "node-a"))
            .ThenLazily(ForSlot with { Seed = endless, Status = ExecutionStatus.Running, Node = "node-a", StartedAt = Noon, RunStartedAt = Noon })
            .When(new Woken(Noon.AddDays(1))).ThenIgnored("nothing is due")
            .When(new RunSucceeded(Noon, 1, null)).Then(End(ForSlot with { Seed = endless, Node = "node-a", StartedAt = Noon, RunStartedAt = Noon }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded));
    }

    [Fact]
    public void What_waits_for_a_slot_does_not_time_out() => Given(ForSlot).When(new Woken(Noon.AddDays(1))).ThenIgnored("nothing is due");

    [Fact]
    public void A_run_that_stops_with_its_node_goes_on_elsewhere() =>
        Given(AtWork).When(new RunStopped(Noon, 1))
            .Then(AtWork with { Status = ExecutionStatus.Waiting, Past = [Past(AttemptOutcome.Interrupted, null)], RunStartedAt = null, Interrupted = true })
            .When(new Activated(Noon)).Then(AtWork with { Status = ExecutionStatus.Waiting, Past = [Past(AttemptOutcome.Interrupted, null)], RunStartedAt = null, Interrupted = true, FencingToken = 2 }, new ExecutionEffect.Run(2, 1));

    [Fact]
    public void A_run_that_is_stopped_before_its_code_began_is_none() =>
        Given(ForSlot).When(new RunStopped(Noon, 1)).ThenIgnored("its code has not begun; it begins where it is loaded next");

    [Fact]
    public void A_loss_fails_what_may_run_once_only()
    {
        Given(OnceOnly).When(new Activated(Noon))
            .Then(End(OnceOnly with { Lost = 1, Interrupted = true, Past = [Past(AttemptOutcome.Lost, LostError)], RunStartedAt = null, Error = LostError + "; onNodeLost is fail" }, ExecutionStatus.Failed), Told(ExecutionStatus.Failed));
        // Its code has not begun, so nothing is lost.
        Given(OnceOnlyForSlot).When(new Activated(Noon)).Then(OnceOnlyForSlot with { FencingToken = 2, Interrupted = true }, new ExecutionEffect.Run(2, 1));
    }

    [Fact]
    public void Where_a_loss_must_not_go_unseen_the_code_waits_until_its_start_is_durable()
    {
        Given(OnceOnlyForSlot).When(new Started(Noon, 1, "node-b")).Then(OnceOnlyForSlot with { Status = ExecutionStatus.Running, Node = "node-b", StartedAt = Noon, RunStartedAt = Noon, WakeAt = Noon.AddHours(1) });
        Given(ForSlot with { Interrupted = true }).When(new Started(Noon, 1, "node-b")).Then(ForSlot with { Interrupted = true, Status = ExecutionStatus.Running, Node = "node-b", StartedAt = Noon, RunStartedAt = Noon, WakeAt = Noon.AddHours(1) });
    }

    [Fact]
    public void Code_that_ends_its_own_process_again_and_again_fails() =>
        Given(LostOften).When(new Activated(Noon)).Then(End(LostOften with
        {
            Lost = 5,
            Past = [Past(AttemptOutcome.Lost, LostError)],
            RunStartedAt = null,
            Error = LostError + ", as were 5 runs of it in all: its own code may be what ends them",
        }, ExecutionStatus.Failed), Told(ExecutionStatus.Failed));

    [Fact]
    public void What_shares_a_key_asks_before_it_begins_and_begins_when_it_is_let_in()
    {
        var asking = Asking with { CreatedAt = Noon, FencingToken = First - 1, WakeAt = Noon.AddSeconds(15) };
        var granted = asking with { Admission = Admission.Granted, Attempt = 1, FencingToken = First, WakeAt = null };
        Given(Absent).When(Create(KeyedSeed)).Then(asking, Ask(KeyedSeed))
            .When(Create(KeyedSeed)).ThenIgnored("it exists", Told(ExecutionStatus.Waiting))
            .When(new Admitted(Noon, new("default"))).Then(granted, new ExecutionEffect.Run(First, 1))
            .When(new Admitted(Noon, new("default"))).ThenIgnored("it was let in");
        // Its turn among the task's own comes first.
        Given(Absent).When(Create(KeyedSeed, go: false)).Then(InLine with { Seed = KeyedSeed, CreatedAt = Noon, FencingToken = First - 1 }).When(Create(KeyedSeed)).Then(asking, Ask(KeyedSeed));
    }

    [Fact]
    public void Where_the_tenant_has_a_limit_everything_asks() =>
        Given(Absent).When(Create(CodeSeed) with { TenantIsLimited = true })
            .Then(InLine with { CreatedAt = Noon, FencingToken = First - 1, Admission = Admission.Asked, WakeAt = Noon.AddSeconds(15) }, Ask(CodeSeed));

    [Fact]
    public void Who_has_not_been_let_in_asks_again()
    {
        Given(Asking).When(new Woken(Noon)).ThenLazily(Asking with { WakeAt = Noon.AddSeconds(15) }, Ask(KeyedSeed));
        Given(Asking).When(new Activated(Noon)).ThenIgnored("it waits for its tenant's leave", Ask(KeyedSeed));
    }

    [Fact]
    public void Who_ends_leaves_and_says_so_again_where_it_is_asked()
    {
        var leave = new ExecutionEffect.LeaveTenant(new("default"));
        Given(LetIn).When(new RunSucceeded(Noon, 1, Result)).Then(End(LetIn with { Result = Result }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded), leave)
            .When(new Admitted(Noon, new("default"))).ThenIgnored("it has ended (Succeeded)", leave);
        Given(Asking).When(new Cancel(Noon, "by hand")).Then(End(Asking with { Error = "by hand" }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled), leave);
        Given(Absent).When(new Admitted(Noon, new("default"))).ThenIgnored("there is no such execution", leave);
    }

    static ExecutionEffect Ask(ExecutionSeed seed) => new ExecutionEffect.AskTenant(seed);

    [Fact]
    public void The_history_of_attempts_is_bounded()
    {
        var limits = Limits with { PastAttempts = 2 };
        var state = AtWork with { Past = [Past(AttemptOutcome.Failed, "one"), Past(AttemptOutcome.Lost, "two")], Attempt = 2 };
        var decision = ExecutionDecider.Decide(state, new RunFailed(Noon, 1, "three", true, 0) { Stack = "at Work()" }, limits);
        Assert.Equal(["two", "three"], decision.State.Past.Select(past => past.Error));
        Assert.Equal("at Work()", decision.State.Stack);
    }

    const string LostError = "its run was lost with node node-a, which ended or could not reach the database";

    [Fact]
    public void Loaded_anew_it_runs_again_in_the_same_attempt_under_a_new_token()
    {
        Given(AtWork).When(new Activated(Noon)).Then(AtWork with { Status = ExecutionStatus.Waiting, Lost = 1, Interrupted = true, Past = [Past(AttemptOutcome.Lost, LostError)], RunStartedAt = null, FencingToken = 2 }, new ExecutionEffect.Run(2, 1));
        Given(ForSlot).When(new Activated(Noon)).Then(ForSlot with { FencingToken = 2, Interrupted = true }, new ExecutionEffect.Run(2, 1));
    }

    [Fact]
    public void Loaded_anew_while_it_was_being_stopped_it_has_stopped()
    {
        Given(Cancelling).When(new Activated(Noon)).Then(End(Cancelling, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));
        Given(TimingOut).When(new Activated(Noon)).Then(End(TimingOut, ExecutionStatus.TimedOut), Told(ExecutionStatus.TimedOut));
    }

    [Fact]
    public void Loaded_anew_while_it_waits_it_waits_on()
    {
        Given(InLine).When(new Activated(Noon)).ThenIgnored("it waits for its turn");
        Given(Retrying).When(new Activated(Noon)).ThenIgnored("it waits for its next attempt");
    }

    [Fact]
    public void A_polling_execution_says_again_what_its_shards_may_not_have_heard()
    {
        foreach (ExecutionCommand command in new ExecutionCommand[] { new Activated(Noon), new Woken(Noon) })
            Given(Polling).When(command).ThenLazily(Polling with { WakeAt = Noon.AddSeconds(30) }, new ExecutionEffect.StartShards(12), new ExecutionEffect.CountShards(12));
        Given(PollingCancelling).When(new Activated(Noon)).ThenLazily(PollingCancelling with { WakeAt = Noon.AddSeconds(30) }, new ExecutionEffect.CancelShards(12), new ExecutionEffect.CountShards(12));
    }

    [Fact]
    public void A_polling_execution_is_woken_no_later_than_its_timeout() =>
        Given(Polling with { StartedAt = Noon.AddMinutes(-59).AddSeconds(-45) }).When(new Woken(Noon))
            .ThenLazily(Polling with { StartedAt = Noon.AddMinutes(-59).AddSeconds(-45), WakeAt = Noon.AddSeconds(15) }, new ExecutionEffect.StartShards(12), new ExecutionEffect.CountShards(12));

    [Fact]
    public void A_shard_that_ends_is_worth_a_count() => Given(Polling).When(new ShardEnded(Noon)).ThenIgnored("worth a count", new ExecutionEffect.CountShards(12));

    [Fact]
    public void A_count_is_taken_over_lazily_while_shards_are_missing()
    {
        Given(Polling).When(new ShardsCounted(Noon, new(4, 1, 1, 1, 1, 0, 0), 150)).ThenLazily(Polling with { Items = new(4, 1, 1, 1), Rows = 150 });
        Given(Polling).When(new ShardsCounted(Noon, new(4, 1, 2, 1, 0, 0, 0), 100)).ThenIgnored("nothing has changed");
    }

    [Fact]
    public void A_round_whose_shards_have_all_completed_has_succeeded() =>
        Given(Polling).When(new ShardsCounted(Noon, new(4, 0, 0, 4, 0, 0, 0), 400)).Then(End(Polling with { Items = new(4, 4, 0, 0), Rows = 400 }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded));

    [Theory]
    [InlineData(3, 0, "3 of 4 shards failed")]
    [InlineData(0, 3, "3 of 4 shards were given up: the task was deleted while their databases were in quarantine")]
    [InlineData(2, 1, "2 of 4 shards failed, 1 of 4 shards were given up: the task was deleted while their databases were in quarantine")]
    public void A_round_with_shards_that_failed_or_were_given_up_has_failed(int failed, int cancelled, string error) =>
        Given(Polling).When(new ShardsCounted(Noon, new(4, 0, 0, 1, failed, cancelled, 0), 400))
            .Then(End(Polling with { Items = new(4, 1, 0, 3), Rows = 400, Error = error }, ExecutionStatus.Failed), Told(ExecutionStatus.Failed));

    [Fact]
    public void A_round_whose_shards_are_not_made_yet_has_not_ended()
    {
        Given(Polling).When(new ShardsCounted(Noon, default, 0)).ThenIgnored("its shards have not been made yet");
        Given(PollingCancelling).When(new ShardsCounted(Noon, default, 0)).Then(End(PollingCancelling with { Items = default, Rows = 0 }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));
    }

    [Fact]
    public void A_round_is_cancelled_when_none_of_its_shards_runs_any_more() =>
        Given(Polling)
            .When(new Cancel(Noon, "by hand")).Then(Polling with { Stopping = StopReason.Cancelled, Error = "by hand", WakeAt = Noon.AddSeconds(10) }, new ExecutionEffect.CancelShards(12))
            .When(new ShardsCounted(Noon, new(4, 0, 1, 1, 0, 2, 0), 120)).ThenLazily(Polling with { Stopping = StopReason.Cancelled, Error = "by hand", WakeAt = Noon.AddSeconds(10), Items = new(4, 1, 1, 2), Rows = 120 })
            .When(new ShardsCounted(Noon, new(4, 0, 0, 1, 0, 3, 0), 130)).Then(End(Polling with { Error = "by hand", Items = new(4, 1, 0, 3), Rows = 130 }, ExecutionStatus.Cancelled), Told(ExecutionStatus.Cancelled));

    [Fact]
    public void A_round_that_takes_too_long_has_timed_out() =>
        Given(Polling)
            .When(new Woken(Noon.AddHours(1))).Then(Polling with { Stopping = StopReason.TimedOut, Error = "expected to end within 01:00:00, did not", WakeAt = Noon.AddHours(1).AddSeconds(10) }, new ExecutionEffect.CancelShards(12))
            .When(new ShardsCounted(Noon, new(1, 0, 0, 0, 0, 1, 0), 5)).Then(End(Polling with { Error = "expected to end within 01:00:00, did not", Items = new(1, 0, 0, 1), Rows = 5 }, ExecutionStatus.TimedOut), Told(ExecutionStatus.TimedOut));

    [Fact]
    public void Counts_mean_nothing_to_what_does_not_poll_now() => Given(PollingInLine).When(new ShardsCounted(Noon, new(1, 0, 0, 1, 0, 0, 0), 5)).ThenIgnored("it does not run");

    [Fact]
    public void Code_has_no_shards_that_could_end_it()
    {
        Given(AtWork).When(new ShardsCounted(Noon, new(1, 0, 0, 1, 0, 0, 0), 5)).ThenIgnored("it has no shards");
        Given(AtWork).When(new ShardEnded(Noon)).ThenIgnored("it has no shards");
    }

    [Fact]
    public void What_is_not_there_does_nothing() => Given(Absent).When(new Cancel(Noon, "by hand")).ThenIgnored("there is no such execution");

    [Fact]
    public void An_id_follows_from_what_asked_for_it()
    {
        Assert.Equal(ExecutionId.OfOccurrence(7, Noon), ExecutionId.OfOccurrence(7, Noon.ToOffset(TimeSpan.FromHours(8))));
        ExecutionId[] ids = [ExecutionId.OfOccurrence(7, Noon), ExecutionId.OfOccurrence(8, Noon), ExecutionId.OfOccurrence(7, Noon.AddMilliseconds(1)), ExecutionId.OfKey(7, "a"), ExecutionId.OfKey(8, "a"), ExecutionId.OfTrigger(7, Noon, 1), ExecutionId.OfTrigger(7, Noon, 2)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.True(ExecutionId.TryParse(id.Value, out var parsed) && parsed == id));
        Assert.False(ExecutionId.TryParse("0123456789ABCDEF0123456789ABCDEF", out _));
        Assert.StartsWith($"{Noon.ToUnixTimeMilliseconds():x12}", ids[0].Value);
    }

    [Fact]
    public void Shards_that_were_asked_and_had_no_changes_count_as_completed()
    {
        var counts = new ShardCounts(4, 3, 0, 1, 0, 0, 0);
        Given(Polling).When(new ShardsCounted(Noon, counts, 7)).ThenLazily(Polling with { Items = new(4, 1, 0, 0), Rows = 7 });
        Given(Polling)
            .When(new Probed(Noon)).ThenLazily(PollingProbed)
            .When(new ShardsCounted(Noon, counts, 7)).ThenLazily(PollingProbed with { Items = new(4, 1, 0, 0), Rows = 7 }) // counted before
            .When(new ShardsCounted(Noon, counts, 7, Asked: true)).Then(End(PollingProbed with { Items = new(4, 4, 0, 0), Rows = 7 }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded));
    }

    [Fact]
    public void A_task_for_which_no_shard_was_discovered_ends_at_once()
    {
        Given(Polling).When(new ShardsCounted(Noon, default, 0)).ThenIgnored("its shards have not been made yet");
        Given(PollingProbed).When(new ShardsCounted(Noon, default, 0)).ThenIgnored("its shards have not been made yet");
        Given(PollingProbed).When(new ShardsCounted(Noon, default, 0, Asked: true)).Then(End(PollingProbed with { Items = default, Rows = 0 }, ExecutionStatus.Succeeded), Told(ExecutionStatus.Succeeded));
    }

    [Fact]
    public void A_round_looks_after_its_shards_when_nodes_come_or_go()
    {
        Given(Polling).When(new NodesChanged(Noon)).ThenLazily(Polling with { WakeAt = Noon + Limits.SuperviseEvery },
            new ExecutionEffect.StartShards(Polling.Seed.Sequence), new ExecutionEffect.CountShards(Polling.Seed.Sequence));
        Given(PollingRetrying).When(new NodesChanged(Noon)).ThenIgnored("it does not run");
        Given(AtWork).When(new NodesChanged(Noon)).ThenIgnored("it has no shards");
    }

    [Fact]
    public void A_polling_execution_whose_discovery_failed_waits_for_its_next_attempt() =>
        Given(PollingRetrying).When(new Activated(Noon)).ThenIgnored("it waits for its next attempt");
}
