using Scheduler.Executions;
using Scheduler.Shards;
using static Scheduler.Tests.Shards.ShardSamples;

namespace Scheduler.Tests.Shards;

/// <summary>Every command in every state: what always holds.</summary>
public class ShardWalkTests
{
    static object?[] Values(Type type, string name) => name switch
    {
        "Now" => [Noon],
        "Round" => [6L, 7L, 8L],
        "Token" => [8L, 9L, 10L],
        "Execution" => [Execution, new ExecutionId("e8")],
        "Node" => ["node-b"],
        "HighestKey" => [null, "900"],
        "Before" => [null, Noon.AddSeconds(-5)],
        "Mode" => [PollingMode.Full, PollingMode.Incremental, PollingMode.FullThenIncremental],
        "Cursor" => [Cursor.At(300)],
        "To" => [new RewindPlace(null, null), new RewindPlace("40", null), new RewindPlace(null, Noon.AddHours(-1))],
        "Rows" => [0, 100],
        "Policy" => [Policy],
        "Error" => ["no connection"],
        "Jitter" => [0.0, 0.999],
        _ when type == typeof(bool) => [false, true],
        _ => throw new InvalidOperationException($"expected sample values for every parameter, got none for {type.Name} {name}"),
    };

    [Fact]
    public void Whatever_comes_in_whatever_state_the_promises_hold()
    {
        Assert.Equal(Enum.GetValues<ShardStatus>(), All.Select(state => state.Status).Distinct().Order());
        foreach (var state in All)
            foreach (var command in Commands.All<ShardCommand>(Values))
                Holds(state, command);
    }

    [Fact]
    public void However_it_has_lived_the_promises_hold()
    {
        var commands = Commands.All<ShardCommand>((type, name) => name is "Round" or "Token" ? [.. Enumerable.Range(1, 6).Select(n => (object)(long)n)] : name == "Execution" ? [Execution] : Values(type, name));
        for (var seed = 0; seed < 300; seed++)
            Commands.Live(seed, Idle, Noon, commands, (command, now) => command with { Now = now }, (state, command) =>
            {
                Holds(state, command);
                return ShardDecider.Decide(state, command).State;
            });
    }

    static void Holds(ShardState before, ShardCommand command)
    {
        var decision = ShardDecider.Decide(before, command);
        var after = decision.State;
        void That(bool holds, string promise)
        {
            if (!holds) Assert.Fail($"{promise}: {before} × {command} → {after}");
        }

        That(decision.IgnoredBecause is null or { Length: > 0 }, "an ignored command has a reason");
        That(decision.Refused is null, "a shard refuses nothing");
        That(ReferenceEquals(before, after) == decision.IgnoredBecause is not null, "just what is ignored leaves the state as it is");
        That(decision == ShardDecider.Decide(before, command) || decision.Effects.SequenceEqual(ShardDecider.Decide(before, command).Effects), "the same question has the same answer");

        That((after.Key, after.Tenant, after.Database, after.Table, after.CreatedAt) == (before.Key, before.Tenant, before.Database, before.Table, before.CreatedAt), "who it is stays");
        That((before.Status == ShardStatus.None) == (after.Status == ShardStatus.None), "no command makes or unmakes a shard");
        That(before.Status != ShardStatus.Paused || after.Status == ShardStatus.Paused || command is ShardCommand.Resume, "only people wake a paused shard");
        That((after.Status == ShardStatus.Paused) == (after.PausedFrom != ShardStatus.None), "a paused shard, and no other, knows what it was");
        That(after.RewindEpoch == before.RewindEpoch || command is ShardCommand.Rewind, "only people rewind");
        That(after.FencingToken >= before.FencingToken, "the token only grows");
        That(after.RewindEpoch >= before.RewindEpoch, "the rewind epoch only grows");
        That(after.TotalRows >= before.TotalRows, "the sum of rows only grows");
        That((after.RewindEpoch, after.Round, after.Pages).CompareTo((before.RewindEpoch, before.Round, before.Pages)) >= 0, "(rewind epoch, round, page) only grows");
        That(after.Round == before.Round || (after.Rows, after.Pages, after.Bounded, after.Attempt, after.Error) == (0, 0, false, 0, null), "a round begins with nothing done");
        That(after.Round == before.Round || before.RewindTo is not null || after.Cursor == (after.Incremental && before.Incremental ? before.Cursor : Cursor.Start), "a full round begins at the first row, one over changes where the last one stopped");
        That(before.Status != ShardStatus.Gone || decision.IgnoredBecause is not null || command is ShardCommand.Found, "what is gone does nothing until it is found");
        That(after.Cursor == before.Cursor || after.Round > before.Round || (before.Status, after.Status) == (ShardStatus.Idle, ShardStatus.Running) || command is ShardCommand.Reached reached && reached.Token == before.FencingToken, "only the present run moves the cursor");
        That(after.Status == ShardStatus.Running || after.WakeAt is null, "what rests wants no wake");
        That(after.Round != before.Round || after.Execution == before.Execution, "a round belongs to one execution");
        That(before.Status is ShardStatus.Running or ShardStatus.Idle || after.Status != ShardStatus.Running || after.Round > before.Round, "a round that has ended does not begin again");

        foreach (var run in decision.Effects.OfType<ShardEffect.Run>())
            That(run.Token == after.FencingToken && after.FencingToken > before.FencingToken && after.Status == ShardStatus.Running, "a run has a token that none had before");
        foreach (var stop in decision.Effects.OfType<ShardEffect.StopRun>())
            That(stop.Token == before.FencingToken && before.Status == ShardStatus.Running, "what is stopped is what ran");
        if (before.Status == ShardStatus.Running && after.Status != ShardStatus.Running)
            That(decision.Effects.Contains(new ShardEffect.TellExecution(after.Execution)), "the execution hears of each end");
        That(!decision.Lazy || decision.Effects.Count == 0, "nothing is said before it is durable");
    }
}
