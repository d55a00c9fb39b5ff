using System.Diagnostics;

namespace Scheduler.Simulation;

/// <summary>A seed that broke a promise.</summary>
sealed record Failure(ulong Seed, Broken Broken, string Faults);

/// <summary>What many seeds came to.</summary>
sealed class Outcome
{
    readonly Lock gate = new();

    public long Seeds { get; private set; }
    public long Steps { get; private set; }
    public TimeSpan Simulated { get; private set; }
    public long[] Faults { get; } = new long[FaultPlan.Kinds];
    public CoverageMap Coverage { get; } = new();
    public List<Failure> Failures { get; } = [];
    public TimeSpan Took { get; set; }

    public void Add(Simulation simulation)
    {
        lock (gate)
        {
            Seeds++;
            Steps += simulation.World.Steps;
            Simulated += simulation.World.Elapsed;
            for (var kind = 0; kind < Faults.Length; kind++) Faults[kind] += simulation.Faults.Injected[kind];
            Coverage.Add(simulation.Coverage);
            if (simulation.Broken is { } broken) Failures.Add(new(simulation.Seed, broken, simulation.Faults.ToString()));
        }
    }
}

/// <summary>Runs many seeds, some at a time: each has a thread, a clock and a queue to itself, so that what happens in one depends on nothing but its number.</summary>
static class Sweep
{
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many; null: as many as there is time for.</param>
    /// <param name="time">When no further seed is begun; null: when all have been.</param>
    /// <param name="threads">How many at a time.</param>
    /// <param name="mutant">What is put around the shipped code.</param>
    /// <param name="untilBroken">Whether to end with the first broken promise.</param>
    public static Outcome Run(ulong first, ulong? count, TimeSpan? time, int threads, Mutant? mutant = null, bool untilBroken = false)
    {
        var (outcome, watch, next) = (new Outcome(), Stopwatch.StartNew(), first);
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work, 16 * 1024 * 1024)).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        outcome.Took = watch.Elapsed;
        outcome.Failures.Sort((one, other) => one.Seed.CompareTo(other.Seed));
        return outcome;

        void Work()
        {
            while ((time is null || watch.Elapsed < time) && !(untilBroken && outcome.Failures.Count > 0))
            {
                var seed = Interlocked.Increment(ref next) - 1;
                if (count is { } most && seed - first >= most) return;
                var simulation = new Simulation(seed, mutant);
                simulation.Run();
                outcome.Add(simulation);
            }
        }
    }
}
