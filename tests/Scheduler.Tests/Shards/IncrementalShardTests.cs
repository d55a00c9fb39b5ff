using Scheduler.Executions;
using Scheduler.Shards;
using static Scheduler.Shards.ShardCommand;
using static Scheduler.Tests.Shards.ShardSamples;

namespace Scheduler.Tests.Shards;

public class IncrementalShardTests
{
    static readonly ExecutionId Next = new("e8");
    static readonly DateTimeOffset Handover = Noon.AddMinutes(-2);

    /// <summary>A full pass that will hand over, and one that has come to its end.</summary>
    static readonly ShardState Full = AtWork with { Before = Handover };
    static readonly ShardState HandsOver = Full with { Status = ShardStatus.Completed };

    /// <summary>An incremental round that has ended.</summary>
    static readonly ShardState Changes = HandsOver with { Incremental = true, From = Handover, Before = Noon.AddSeconds(-5), Cursor = Cursor.At(5, 7), HighestKey = null };

    static ShardState After(ShardState state, PollingMode mode) =>
        ShardDecider.Decide(state, new Start(Noon, 8, Next, "node-b", mode)).State;

    [Theory]
    [InlineData("12:00:07.9", 5, 1000, "12:00:02")]
    [InlineData("12:00:07.0", 5, 1000, "12:00:02")]
    [InlineData("12:00:07.1234567", 0, 0, "12:00:07.1234567")]
    [InlineData("12:00:07.1234567", 0, 1, "12:00:07.123")]
    [InlineData("12:00:07.9", 3600, 2000, "11:00:06")]
    public void The_bound_is_the_sources_clock_less_the_lag_floored_to_the_columns_steps(string clock, int lag, int stepMilliseconds, string bound) =>
        Assert.Equal(Noon.Date + TimeSpan.Parse(bound), Passes.Before(new(Noon.Date + TimeSpan.Parse(clock), TimeSpan.Zero), TimeSpan.FromSeconds(lag), TimeSpan.FromMilliseconds(stepMilliseconds)).DateTime);

    [Fact]
    public void A_full_pass_that_hands_over_keeps_where_with_its_bound() =>
        Assert.Equal((Handover, false), (ShardDecider.Decide(Unbounded, new Bounded(Noon, 9, "500", Handover)).State.Before, ShardDecider.Decide(Unbounded, new Bounded(Noon, 9, "500", Handover)).State.Incremental));

    [Fact]
    public void The_round_after_a_full_one_begins_at_its_handover()
    {
        var began = After(HandsOver, PollingMode.FullThenIncremental);
        Assert.Equal((true, Handover, null, Cursor.Start, false), (began.Incremental, began.From!.Value, began.Before, began.Cursor, began.Bounded));
        var bounded = ShardDecider.Decide(began, new Bounded(Noon, began.FencingToken, "900", Noon)).State;
        Assert.Equal(new PollingPass("900", Noon, Handover), Passes.Of(bounded));
    }

    [Fact]
    public void The_rounds_after_that_go_on_where_the_last_one_stopped()
    {
        foreach (var mode in new[] { PollingMode.FullThenIncremental, PollingMode.Incremental })
            foreach (var last in new[] { Changes, Changes with { Status = ShardStatus.Failed }, Changes with { Status = ShardStatus.Cancelled }, Changes with { Status = ShardStatus.Running } })
                Assert.Equal((true, Changes.Cursor, Handover, 0L), (After(last, mode).Incremental, After(last, mode).Cursor, After(last, mode).From!.Value, After(last, mode).Pages));
    }

    [Fact]
    public void A_full_pass_that_did_not_come_to_its_end_hands_nothing_over()
    {
        var failed = ShardDecider.Decide(Full, new PageFailed(Noon, 9, "no connection", false, Policy, 0)).State;
        var cancelled = ShardDecider.Decide(Full, new Cancel(Noon, 7, Execution)).State;
        foreach (var state in new[] { failed, cancelled, Full })
            Assert.Equal((false, null, Cursor.Start), (After(state, PollingMode.FullThenIncremental).Incremental, After(state, PollingMode.FullThenIncremental).From, After(state, PollingMode.FullThenIncremental).Cursor));
    }

    [Fact]
    public void A_round_that_is_cancelled_before_it_began_loses_neither_the_handover_nor_the_cursor()
    {
        var cancelled = ShardDecider.Decide(HandsOver, new Cancel(Noon, 8, Next)).State;
        Assert.Equal((ShardStatus.Cancelled, true, Handover), (cancelled.Status, cancelled.Incremental, cancelled.From!.Value));
        Assert.Equal(Changes.Cursor, ShardDecider.Decide(Changes, new Cancel(Noon, 8, Next)).State.Cursor);
    }

    [Fact]
    public void What_was_never_polled_in_full_reads_changes_from_the_first() =>
        Assert.All([Idle, Completed, Failed], state => Assert.Equal((true, null, Cursor.Start), (After(state, PollingMode.Incremental).Incremental, After(state, PollingMode.Incremental).From, After(state, PollingMode.Incremental).Cursor)));

    [Fact]
    public void Back_in_full_mode_a_round_begins_at_the_first_row_and_forgets_the_changes() =>
        Assert.Equal((false, null, null, Cursor.Start), (After(Changes, PollingMode.Full).Incremental, After(Changes, PollingMode.Full).From, After(Changes, PollingMode.Full).Before, After(Changes, PollingMode.Full).Cursor));

    [Fact]
    public void A_table_that_is_gone_is_not_run_and_keeps_its_cursor_and_token_until_it_is_found()
    {
        var gone = ShardDecider.Decide(Changes, new Missed(Noon)).State;
        Assert.Equal(Changes with { Status = ShardStatus.Gone, UpdatedAt = Noon }, gone);
        Assert.Equal("its table is gone", ShardDecider.Decide(gone, new Start(Noon, 8, Next, "node-b", PollingMode.Incremental)).IgnoredBecause);
        var found = ShardDecider.Decide(gone, new Found(Noon)).State;
        Assert.Equal((Changes.Cursor, Changes.FencingToken + 1), (After(found, PollingMode.Incremental).Cursor, After(found, PollingMode.Incremental).FencingToken));
        Assert.True(Passes.IsIncremental(ShardDecider.Decide(ShardDecider.Decide(HandsOver, new Missed(Noon)).State, new Found(Noon)).State, PollingMode.FullThenIncremental));
    }

    [Fact]
    public void A_table_that_goes_while_it_is_polled_stops_its_run()
    {
        var decision = ShardDecider.Decide(AtWork, new Missed(Noon));
        Assert.Equal(ShardStatus.Gone, decision.State.Status);
        Assert.Equal([new ShardEffect.StopRun(9), new ShardEffect.TellExecution(Execution)], decision.Effects);
    }

    [Fact]
    public void A_word_that_comes_late_does_not_make_a_table_gone_that_a_later_round_has_found()
    {
        var late = ShardDecider.Decide(AtWork, new Missed(Noon) { Round = AtWork.Round - 1 });
        Assert.Equal((AtWork, $"it was looked for in round {AtWork.Round - 1}, and round {AtWork.Round} has found it"), (late.State, late.IgnoredBecause));
        Assert.Equal(ShardStatus.Gone, ShardDecider.Decide(AtWork, new Missed(Noon) { Round = AtWork.Round }).State.Status);
    }
}
