using Scheduler.Executions;
using Scheduler.Tenants;
using static Scheduler.Tenants.TenantCommand;

namespace Scheduler.Tests.Tenants;

public class TenantDeciderTests
{
    static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    static readonly TenantLimits Limits = new() { Waiting = 3, Overtake = 2, AskAfter = TimeSpan.FromSeconds(10) };
    static readonly TenantState Open = TenantState.New(new("shop"));

    /// <summary>One execution of key k runs, and its limit is one; two wait.</summary>
    static readonly TenantState Busy = Open with { Running = [Runs("a", "k")], Waiting = [Waits("b", "k", -10), Waits("c", "k", -9)], Arrivals = 2 };

    static Given<TenantState, TenantCommand, TenantEffect> Given(TenantState state) => new(state, (given, command) => TenantDecider.Decide(given, command, Limits));

    static ExecutionId Id(string name) => new(name);
    static Admitted Runs(string name, string? key = null) => new(Id(name), key, Noon, Noon);
    static Queued Waits(string name, string? key, long place, int? limit = 1) => new(Id(name), key, key is null ? null : limit, place);
    static Ask Asks(string name, string? key = "k", int limit = 1, int priority = 5, DateTimeOffset? at = null) => new(at ?? Noon, Id(name), key, key is null ? null : limit, priority);
    static TenantEffect Admit(string name) => new TenantEffect.Admit(Id(name));

    [Fact]
    public void Who_has_room_may_run() => Given(Open).When(Asks("a")).Then(Open with { Running = [Runs("a", "k")] }, Admit("a"));

    [Fact]
    public void Who_has_none_waits() =>
        Given(Open with { Running = [Runs("a", "k")] }).When(Asks("b")).Then(Open with { Running = [Runs("a", "k")], Waiting = [Waits("b", "k", -10)], Arrivals = 1 });

    [Fact]
    public void Who_works_on_something_else_waits_for_nobody() =>
        Given(Busy).When(Asks("d", "other")).Then(Busy with { Running = [Runs("a", "k"), Runs("d", "other")] }, Admit("d"));

    [Fact]
    public void The_next_in_line_runs_when_one_has_left() =>
        Given(Busy).When(new Leave(Noon, Id("a"))).Then(Busy with { Running = [Runs("b", "k")], Waiting = [Waits("c", "k", -9)] }, Admit("b"));

    [Fact]
    public void Who_waits_no_more_leaves_the_line() =>
        Given(Busy).When(new Leave(Noon, Id("b"))).Then(Busy with { Waiting = [Waits("c", "k", -9)] });

    [Fact]
    public void Nobody_leaves_twice() => Given(Open).When(new Leave(Noon, Id("a"))).ThenIgnored("execution a neither runs nor waits");

    [Fact]
    public void Who_asks_again_is_told_again() => Given(Busy).When(Asks("a")).ThenIgnored("it may run", Admit("a"));

    [Fact]
    public void While_somebody_waits_those_who_run_are_asked_now_and_then_whether_they_have_ended()
    {
        Given(Busy).When(Asks("b", at: Noon.AddSeconds(9))).ThenIgnored("it is in line");
        var later = Noon.AddSeconds(10);
        Given(Busy).When(Asks("b", at: later)).ThenLazily(Busy with { Running = [Runs("a", "k") with { AskedAt = later }] }, Admit("a"));
    }

    [Fact]
    public void The_line_is_bounded_and_who_is_not_in_it_asks_again() =>
        Given(Busy with { Waiting = [.. Busy.Waiting, Waits("d", "k", -8)] }).When(Asks("e")).ThenIgnored("3 executions are in line, which is the limit: it asks again");

    [Fact]
    public void A_step_of_priority_overtakes_so_many_and_no_more()
    {
        // Worth two places: the third arrival of priority 6 passes b and c of priority 5, which came one and two before it.
        var state = Given(Busy).When(Asks("d", priority: 6)).State;
        Assert.Equal(["b", "d", "c"], state.Line.Select(each => each.Execution.Value));
        var first = Given(Busy).When(Asks("d", priority: 10)).State;
        Assert.Equal(["d", "b", "c"], first.Line.Select(each => each.Execution.Value));
    }

    [Fact]
    public void Whatever_comes_at_the_highest_priority_the_lowest_gets_its_turn()
    {
        var limits = new TenantLimits();
        var state = Decide(Open, Asks("holder"));
        state = Decide(state, Asks("low", priority: 1));
        var turn = 0;
        for (var number = 0; state.Running.All(each => each.Execution.Value != "low"); number++)
        {
            state = Decide(state, Asks($"high{number}", priority: 10));
            state = Decide(state, new Leave(Noon, state.Running[0].Execution));
            Assert.True(++turn < 1000, "it starves");
        }
        Assert.Equal(9 * limits.Overtake, turn); // nine steps of priority

        TenantState Decide(TenantState state, TenantCommand command) => TenantDecider.Decide(state, command, limits).State;
    }

    [Fact]
    public void A_tenant_s_limit_holds_for_all_its_executions_whatever_their_key()
    {
        var limited = Open with { Limit = 2, Running = [Runs("a", "k"), Runs("b")] };
        Given(limited).When(Asks("c", null)).Then(limited with { Waiting = [Waits("c", null, -10)], Arrivals = 1 });
        Given(limited).When(Asks("c", "other")).Then(limited with { Waiting = [Waits("c", "other", -10)], Arrivals = 1 });
    }

    [Fact]
    public void A_higher_limit_lets_those_in_who_wait()
    {
        var limited = Open with { Limit = 1, Running = [Runs("a")], Waiting = [Waits("b", null, -10), Waits("c", null, -9)], Arrivals = 2 };
        Given(limited).When(new SetLimit(Noon, 2)).Then(limited with { Limit = 2, Running = [Runs("a"), Runs("b")], Waiting = [Waits("c", null, -9)] }, Admit("b"));
        Given(limited).When(new SetLimit(Noon, null)).Then(limited with { Limit = null, Running = [Runs("a"), Runs("b"), Runs("c")], Waiting = [] }, Admit("b"), Admit("c"));
        Given(limited).When(new SetLimit(Noon, 1)).ThenIgnored("that is its limit");
    }

    [Fact]
    public void It_is_paused_and_resumed_once()
    {
        Given(Busy).When(new Pause(Noon)).Then(Busy with { PausedAt = Noon }).When(new Pause(Noon.AddHours(1))).ThenIgnored("it is paused");
        Given(Busy).When(new Resume(Noon)).ThenIgnored("it is not paused");
        Given(Busy with { PausedAt = Noon }).When(new Resume(Noon)).Then(Busy);
    }

    [Fact]
    public void However_it_has_lived_the_promises_hold()
    {
        string?[] keys = ["k", "m", null];
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var state = Open;
            for (var step = 0; step < 200; step++)
            {
                var (id, now, key) = ($"e{random.Next(12)}", Noon.AddSeconds(step), keys[random.Next(3)]);
                // One execution asks always the same.
                key = keys[id.Length % 2 + (id[1] % 2)];
                TenantCommand command = random.Next(12) switch
                {
                    0 => new Pause(now), 1 => new Resume(now), 2 => new SetLimit(now, random.Next(4) is > 0 and var most ? most : null), 3 => new Activated(now),
                    < 7 => new Leave(now, Id(id)),
                    _ => Asks(id, key, 2, id[1] % 10 + 1, now),
                };
                var decision = TenantDecider.Decide(state, command, Limits);
                var next = decision.State;
                Assert.Equal(ReferenceEquals(state, next), decision.IgnoredBecause is not null);
                Assert.Equal(next.Running.Length + next.Waiting.Length, next.Running.Select(each => each.Execution).Concat(next.Waiting.Select(each => each.Execution)).Distinct().Count());
                Assert.True(next.Waiting.Length <= Limits.Waiting);
                Assert.True(next.Running.Length <= Math.Max(next.Limit ?? int.MaxValue, state.Running.Length), $"{command} let one too many in");
                Assert.All(keys.OfType<string>(), each => Assert.True(next.CountOf(each) <= 2, $"{command} let one too many of {each} in"));
                Assert.DoesNotContain(next.Waiting, each => TenantDecider.HasRoom(next, each.Key, each.KeyLimit));
                Assert.All(next.Running.Where(each => state.Running.All(known => known.Execution != each.Execution)), each => Assert.Contains(new TenantEffect.Admit(each.Execution), decision.Effects));
                state = next;
            }
        }
    }
}
