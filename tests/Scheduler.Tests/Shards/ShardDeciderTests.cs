using Scheduler.Executions;
using Scheduler.Shards;
using static Scheduler.Shards.ShardCommand;
using static Scheduler.Tests.Shards.ShardSamples;

namespace Scheduler.Tests.Shards;

public class ShardDeciderTests
{
    static readonly ShardEffect Told = new ShardEffect.TellExecution(Execution);
    static readonly ExecutionId Next = new("e8");

    static Given<ShardState, ShardCommand, ShardEffect> Given(ShardState state) => new(state, ShardDecider.Decide);

    static Start Start(long round) => new(Noon, round, round == 7 ? Execution : Next, "node-b");

    static PageFailed PageFailed(bool retryable = true, double jitter = 0, long token = 9) => new(Noon, token, "no connection", retryable, Policy, jitter);

    static ShardState Begun(ShardState state, long token) => state with
    {
        Status = ShardStatus.Running, Round = 8, Execution = Next, FencingToken = token, Cursor = Cursor.Start, HighestKey = null, Bounded = false, Rows = 0, Pages = 0,
        Attempt = 0, RetryAt = null, Error = null, Node = "node-b", StartedAt = Noon, UpdatedAt = Noon,
    };

    [Fact]
    public void A_round_begins_at_the_first_row() => 
        Given(Idle).When(Start(8)).Then(Begun(Idle, token: Idle.FencingToken + 1), new ShardEffect.Run(Idle.FencingToken + 1));

    [Fact]
    public void A_shard_that_is_made_again_has_higher_tokens_than_it_had() =>
        Assert.True(ShardDecider.Create(Noon, 7, "default", new("order_17", "t_order_04")).FencingToken > Idle.FencingToken + 1000);

    [Fact]
    public void A_round_that_was_over_when_the_shard_was_made_does_not_begin_in_it()
    {
        var late = ShardDecider.Create(Noon, 7, "default", new("order_17", "t_order_04"), after: 8);
        Given(late).When(Start(8)).ThenIgnored("it was made after round 8");
        Given(late).When(new Cancel(Noon, 8, Next)).ThenIgnored("it was made after round 8");
    }

    [Fact]
    public void A_round_after_one_that_ended_keeps_the_token_growing_and_the_sum_of_rows()
    {
        foreach (var ended in new[] { Completed, Failed, Cancelled })
            Given(ended).When(Start(8)).Then(Begun(ended, token: 10), new ShardEffect.Run(10));
    }

    [Fact]
    public void A_round_that_comes_while_an_older_one_runs_stops_that_run() =>
        Given(AtWork).When(Start(8)).Then(Begun(AtWork, token: 10), new ShardEffect.StopRun(9), new ShardEffect.Run(10));

    [Fact]
    public void A_start_that_comes_twice_runs_once() => Given(AtWork).When(Start(7)).ThenIgnored("round 7 still runs");

    [Fact]
    public void A_shard_that_is_to_go_on_elsewhere_stays_running_and_is_handed_over()
    {
        Given(AtWork).When(new Move(Noon, "node-b")).ThenIgnored("it is written where it goes on", new ShardEffect.HandOver(9, "node-b"));
        Given(AtWork).When(new Move(Noon, Node)).ThenIgnored("it is there");
        Given(Completed).When(new Move(Noon, "node-b")).ThenIgnored("it does not run");
    }

    [Fact]
    public void A_wake_loads_it_and_no_more() => Given(AtWork).When(new Woken(Noon)).ThenIgnored("nothing is due");

    [Fact]
    public void A_late_start_of_an_older_round_changes_nothing()
    {
        Given(AtWork).When(Start(6)).ThenIgnored("round 6 is before round 7");
        Given(Completed).When(Start(6)).ThenIgnored("round 6 is before round 7");
    }

    [Fact]
    public void A_start_of_a_round_that_has_ended_is_answered_again() => Given(Completed).When(Start(7)).ThenIgnored("round 7 has ended", Told);

    [Fact]
    public void A_paused_shard_begins_no_round() => Given(Paused).When(Start(8)).ThenIgnored("it is paused");

    [Fact]
    public void Where_it_is_loaded_anew_it_runs_on_from_its_cursor_under_a_new_token() =>
        Given(AtWork).When(new Activated(Noon, "node-b")).Then(AtWork with { FencingToken = 10, Node = "node-b", UpdatedAt = Noon }, new ShardEffect.Run(10));

    [Fact]
    public void Loaded_anew_it_keeps_its_attempts_and_the_wait_before_the_next() =>
        Given(Retrying).When(new Activated(Noon, "node-b")).Then(Retrying with { FencingToken = 10, Node = "node-b", UpdatedAt = Noon }, new ShardEffect.Run(10));

    [Fact]
    public void Loaded_anew_while_it_rests_nothing_happens() => Given(Completed).When(new Activated(Noon, "node-b")).ThenIgnored("nothing outstanding");

    [Fact]
    public void The_bound_of_a_pass_may_be_written_later() =>
        Given(Unbounded).When(new Bounded(Noon, 9, "500")).ThenLazily(Unbounded with { Bounded = true, HighestKey = "500", UpdatedAt = Noon });

    [Fact]
    public void The_bound_of_an_empty_table_is_a_bound() =>
        Given(Unbounded).When(new Bounded(Noon, 9, null)).ThenLazily(Unbounded with { Bounded = true, UpdatedAt = Noon });

    [Fact]
    public void A_page_that_is_done_moves_the_cursor_and_forgets_its_failures() =>
        Given(Retrying).When(new Reached(Noon, 9, Cursor.At(300), 100)).Then(AtWork with { Cursor = Cursor.At(300), Rows = 300, TotalRows = 1300, Pages = 3, UpdatedAt = Noon });

    [Fact]
    public void A_page_that_is_half_done_moves_the_cursor_and_goes_on_counting_its_attempts() =>
        Given(Retrying).When(new Reached(Noon, 9, Cursor.At(250), 50, PageDone: false)).Then(Retrying with { Cursor = Cursor.At(250), Rows = 250, TotalRows = 1250, UpdatedAt = Noon });

    [Fact]
    public void A_page_that_fails_is_tried_again_after_a_wait_that_grows() =>
        Given(AtWork)
            .When(PageFailed()).Then(AtWork with { Attempt = 1, RetryAt = Noon.AddSeconds(10), Error = "no connection", UpdatedAt = Noon })
            .When(PageFailed()).Then(AtWork with { Attempt = 2, RetryAt = Noon.AddSeconds(20), Error = "no connection", UpdatedAt = Noon });

    [Fact]
    public void Jitter_takes_up_to_a_fifth_of_the_wait() =>
        Given(AtWork).When(PageFailed(jitter: 0.5)).Then(AtWork with { Attempt = 1, RetryAt = Noon.AddSeconds(9), Error = "no connection", UpdatedAt = Noon });

    [Theory]
    [InlineData(30, 30)]
    [InlineData(3, 10)]
    public void A_pause_that_was_asked_for_makes_the_wait_longer_and_never_shorter(int asked, int waits) =>
        Given(AtWork).When(PageFailed() with { Wait = TimeSpan.FromSeconds(asked) }).Then(AtWork with { Attempt = 1, RetryAt = Noon.AddSeconds(waits), Error = "no connection", UpdatedAt = Noon });

    [Fact]
    public void A_page_that_fails_in_all_its_attempts_fails_the_round() =>
        Given(Retrying).When(PageFailed()).Then(Retrying with { Status = ShardStatus.Failed, Attempt = 3, RetryAt = null, Error = "no connection", UpdatedAt = Noon }, Told);

    [Fact]
    public void A_failure_that_no_retry_mends_fails_the_round_at_once() =>
        Given(AtWork).When(PageFailed(retryable: false)).Then(AtWork with { Status = ShardStatus.Failed, Attempt = 1, Error = "no connection", UpdatedAt = Noon }, Told);

    [Fact]
    public void A_pass_that_comes_to_its_bound_completes_the_round() =>
        Given(AtWork).When(new Ended(Noon, 9)).Then(AtWork with { Status = ShardStatus.Completed, UpdatedAt = Noon }, Told);

    [Fact]
    public void Reports_of_an_older_run_are_ignored()
    {
        foreach (ShardCommand report in new ShardCommand[] { new Bounded(Noon, 8, "1"), new Reached(Noon, 8, Cursor.At(1), 1), PageFailed(token: 8), new Ended(Noon, 8) })
            Given(AtWork).When(report).ThenIgnored("report of an older run");
    }

    [Fact]
    public void Reports_after_the_round_has_ended_are_ignored()
    {
        foreach (ShardCommand report in new ShardCommand[] { new Bounded(Noon, 9, "1"), new Reached(Noon, 9, Cursor.At(1), 1), PageFailed(), new Ended(Noon, 9) })
            Given(Cancelled).When(report).ThenIgnored("report of an older run");
    }

    [Fact]
    public void A_round_that_is_cancelled_stops_its_run_and_keeps_what_it_has_done() =>
        Given(Retrying).When(new Cancel(Noon, 7, Execution)).Then(Retrying with { Status = ShardStatus.Cancelled, RetryAt = null, UpdatedAt = Noon }, new ShardEffect.StopRun(9), Told);

    [Fact]
    public void A_round_that_is_cancelled_before_it_began_is_over_and_a_late_start_finds_it_so() =>
        Given(Completed)
            .When(new Cancel(Noon, 8, Next)).Then(Begun(Completed, token: 9) with { Status = ShardStatus.Cancelled, Node = Node }, new ShardEffect.TellExecution(Next))
            .When(Start(8)).ThenIgnored("round 8 has ended", new ShardEffect.TellExecution(Next));

    [Fact]
    public void A_cancelled_round_takes_no_rows_over_from_the_older_one_that_still_runs() =>
        Given(AtWork).When(new Cancel(Noon, 8, Next))
            .Then(Begun(AtWork, token: 9) with { Status = ShardStatus.Cancelled, Node = Node }, new ShardEffect.StopRun(9), new ShardEffect.TellExecution(Next));

    [Fact]
    public void A_cancel_that_comes_late_changes_nothing()
    {
        Given(AtWork).When(new Cancel(Noon, 6, new("e6"))).ThenIgnored("round 6 is before round 7");
        Given(Completed).When(new Cancel(Noon, 7, Execution)).ThenIgnored("round 7 has ended", Told);
    }

    [Fact]
    public void A_shard_that_is_not_there_does_nothing() => Given(Absent).When(Start(8)).ThenIgnored("there is no such shard");

    [Fact]
    public void A_shards_id_is_that_of_its_name_in_its_task()
    {
        Assert.Equal(ShardKey.Of(7, "a", "b"), ShardKey.Of(7, "a", "b"));
        Assert.Equal(4, new[] { ShardKey.Of(7, "a", "b/c"), ShardKey.Of(7, "a/b", "c"), ShardKey.Of(7, "b", "a"), ShardKey.Of(8, "a", "b/c") }.Distinct().Count());
        Assert.True(Idle.Key.ShardId > 0);
    }

    [Fact]
    public void A_shard_at_work_that_is_paused_stops_and_goes_on_from_its_cursor_when_it_is_resumed()
    {
        var paused = AtWork with { Status = ShardStatus.Paused, PausedFrom = ShardStatus.Idle, UpdatedAt = Noon };
        Given(AtWork).When(new Pause(Noon)).Then(paused, new ShardEffect.StopRun(9), Told)
            .When(new Pause(Noon)).ThenIgnored("it is paused")
            .When(new Resume(Noon)).Then(AtWork with { Status = ShardStatus.Idle, UpdatedAt = Noon })
            .When(Start(7)).Then(AtWork with { FencingToken = 10, Node = "node-b", UpdatedAt = Noon }, new ShardEffect.Run(10));
    }

    [Fact]
    public void A_shard_that_rests_is_what_it_was_when_it_is_resumed()
    {
        foreach (var resting in new[] { Completed, Failed, Cancelled, Idle })
            Given(resting).When(new Pause(Noon)).Then(resting with { Status = ShardStatus.Paused, PausedFrom = resting.Status, UpdatedAt = Noon })
                .When(new Resume(Noon)).Then(resting with { UpdatedAt = Noon });
        Given(AtWork).When(new Resume(Noon)).ThenIgnored("it is not paused");
    }

    [Fact]
    public void A_cancelled_round_does_not_wait_for_paused_shards_or_for_those_resumed_in_it()
    {
        Given(Paused).When(new Cancel(Noon, 8, Next)).ThenIgnored("it is paused");
        Given(AtWork with { Status = ShardStatus.Idle }).When(new Cancel(Noon, 7, Execution)).Then(AtWork with { Status = ShardStatus.Cancelled, UpdatedAt = Noon }, Told);
    }

    [Fact]
    public void The_round_after_a_rewind_begins_at_its_place_and_the_one_after_that_at_the_first_row()
    {
        var rewound = Completed with { RewindEpoch = 1, RewindTo = new("150", null), UpdatedAt = Noon };
        Given(Completed).When(new Rewind(Noon, new("150", null))).Then(rewound)
            .When(Start(8)).Then(Begun(Completed, token: 10) with { RewindEpoch = 1, Cursor = Cursor.At(150) }, new ShardEffect.Run(10))
            .When(new Start(Noon, 9, new("e9"), "node-b")).Then(Begun(Completed, token: 11) with { Round = 9, Execution = new("e9"), RewindEpoch = 1 }, new ShardEffect.StopRun(10), new ShardEffect.Run(11));
        Given(AtWork).When(new Rewind(Noon, new(null, null))).Then(AtWork with { RewindEpoch = 1, RewindTo = new(null, null), UpdatedAt = Noon });
    }

    [Fact]
    public void A_round_that_never_began_leaves_the_rewind_for_the_next() =>
        Assert.Equal(new("150", null), Given(Completed with { RewindTo = new("150", null) }).When(new Cancel(Noon, 8, Next)).State.RewindTo);

    [Fact]
    public void A_rewind_to_a_time_reads_the_changes_since_and_one_to_the_beginning_everything()
    {
        Start Begins(PollingMode mode) => Start(8) with { Mode = mode };
        foreach (var mode in new[] { PollingMode.Incremental, PollingMode.FullThenIncremental })
        {
            var since = Given(Changes with { Status = ShardStatus.Completed, RewindTo = new(null, Noon.AddHours(-1)) }).When(Begins(mode)).State;
            Assert.Equal((true, Cursor.Start, Noon.AddHours(-1), null, null), (since.Incremental, since.Cursor, since.From, since.Before, since.RewindTo));
            var all = Given(Changes with { Status = ShardStatus.Completed, RewindTo = new(null, null) }).When(Begins(mode)).State;
            Assert.Equal((mode == PollingMode.Incremental, Cursor.Start, null, null), (all.Incremental, all.Cursor, all.From, all.RewindTo));
        }
    }

    [Fact]
    public void A_full_pass_that_was_paused_hands_nothing_over()
    {
        var paused = Given(AtWork with { Before = Noon.AddMinutes(-2) }).When(new Pause(Noon)).When(new Resume(Noon)).State;
        Assert.Null(paused.Before);
        Assert.False(Given(paused).When(Start(8) with { Mode = PollingMode.FullThenIncremental }).State.Incremental);
    }

    [Fact]
    public void A_retry_goes_on_with_the_pass_that_failed()
    {
        Given(Failed).When(Start(8) with { GoOn = true })
            .Then(Begun(Failed, token: 10) with { Cursor = Failed.Cursor, Bounded = true, HighestKey = "500" }, new ShardEffect.Run(10));
        Given(Failed with { RewindTo = new("3", null) }).When(Start(8) with { GoOn = true }).Then(Begun(Failed, token: 10) with { Cursor = Cursor.At(3) }, new ShardEffect.Run(10));
    }

    [Fact]
    public void Rows_that_are_put_aside_go_with_the_checkpoint()
    {
        DeadLetter letter = new() { Shard = AtWork.Key, Database = "order_17", Table = "t_order_04", Cursor = Cursor.At(250), After = Cursor.At(249), Round = 7, Attempts = 3, Error = "no", At = Noon };
        var reached = Given(AtWork).When(new Reached(Noon, 9, Cursor.At(300), 99) { DeadLetters = [letter] }).State;
        Assert.Equal((Cursor.At(300), 299L, letter), (reached.Cursor, reached.Rows, reached.DeadLetters.Single()));
        Assert.Equal(letter.Id, (letter with { Attempts = 9, At = Noon.AddDays(1) }).Id);
        Assert.NotEqual(letter.Id, (letter with { Cursor = Cursor.At(251) }).Id);
    }
}
