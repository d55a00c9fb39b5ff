namespace Scheduler.Simulation;

/// <summary>The shipped code keeps its promises in simulated worlds, and the simulator is worth believing.</summary>
public sealed class SimulationTests
{
    static readonly bool Long = Environment.GetEnvironmentVariable("SCHEDULER_LONG") is { Length: > 0 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(41)]
    [InlineData(42)]
    public void The_same_seed_gives_the_same_trace(ulong seed)
    {
        var (one, other) = (Story.Replay(seed, null, new HashSet<FaultKind>()), Story.Replay(seed, null, new HashSet<FaultKind>()));

        Assert.Equal(one.Trace.Events, other.Trace.Events);
        Assert.Equal(one.Trace.Hash, other.Trace.Hash);
        Assert.Equal(one.World.Steps, other.World.Steps);
    }

    [Fact]
    public void Another_seed_gives_another_trace() =>
        Assert.Equal(20, Enumerable.Range(1, 20).Select(seed => Story.Replay((ulong)seed, null, new HashSet<FaultKind>()).Trace.Hash).Distinct().Count());

    [Fact]
    public void Promises_are_kept()
    {
        var outcome = Sweep.Run(1, Long ? 20_000UL : 200UL, null, Environment.ProcessorCount);

        Assert.Empty(outcome.Failures);
        Assert.True(outcome.Faults.Sum() > 10 * outcome.Seeds, $"expected worlds where much goes wrong, got {outcome.Faults.Sum()} faults in {outcome.Seeds} seeds");
    }

    [Fact]
    public void Every_fault_strikes()
    {
        var outcome = Sweep.Run(5000, Long ? 5000UL : 400UL, null, Environment.ProcessorCount);

        Assert.DoesNotContain(Enum.GetValues<FaultKind>(), kind => outcome.Faults[(int)kind] == 0);
    }

    public static TheoryData<string> QuickMutants => [.. Mutants.All.Where(mutant => Long || mutant.Seeds <= 1000).Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(QuickMutants))]
    public void A_mutant_is_killed(string name)
    {
        var mutant = Mutants.All.Single(each => each.Name == name);

        var outcome = Sweep.Run(1, (ulong)mutant.Seeds, null, Environment.ProcessorCount, mutant, untilBroken: true);

        Assert.True(outcome.Failures.Count > 0, $"{name} ({mutant.Breaks}) survived {mutant.Seeds} seeds");
    }
}
