using System.Globalization;

namespace Scheduler.Simulation;

/// <summary>What is printed.</summary>
static class Tables
{
    public static void Print(Outcome outcome, TextWriter to)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Seeds} seeds in {outcome.Took.TotalSeconds:0.0} s: {outcome.Seeds / Math.Max(0.001, outcome.Took.TotalSeconds):0.0} seeds/s, {outcome.Steps:N0} steps, {outcome.Simulated.TotalHours:0.0} hours of virtual time"));
        foreach (var row in Enum.GetValues<FaultKind>().Select(kind => $"{kind} {outcome.Faults[(int)kind]}").Chunk(5)) to.WriteLine("  " + string.Concat(row.Select(cell => cell.PadRight(28))).TrimEnd());
        foreach (var failure in outcome.Failures.Take(20)) to.WriteLine($"BROKEN seed {failure.Seed}: {failure.Broken.Promise} {failure.Broken.Key}: {failure.Broken.How.Split('\n')[0]}  [{failure.Faults}]");
    }

    public static string LastLine(Outcome outcome) => $"{outcome.Seeds} seeds, {outcome.Faults.Sum()} faults, {outcome.Failures.Count} broken";
}
