namespace Scheduler.Simulation;

/// <summary>Sees that each mutant is found.</summary>
static class Killing
{
    /// <returns>Whether all were.</returns>
    public static bool Run(ulong first, int threads, TextWriter to)
    {
        var survived = 0;
        foreach (var mutant in Mutants.All)
        {
            var outcome = Sweep.Run(first, (ulong)mutant.Seeds, null, threads, mutant, untilBroken: true);
            var killed = outcome.Failures.FirstOrDefault();
            if (killed is null) survived++;
            to.WriteLine($"{mutant.Name,-24} {mutant.Breaks,-52} {(killed is null ? $"SURVIVED {mutant.Seeds} seeds" : $"killed at seed {killed.Seed} of {mutant.Seeds} by {killed.Broken.Promise}")}");
        }
        to.WriteLine($"{Mutants.All.Count} mutants, {survived} survived");
        return survived == 0;
    }
}
