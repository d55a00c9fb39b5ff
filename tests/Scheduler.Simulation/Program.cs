using System.CommandLine;
using Scheduler.Simulation;

Option<ulong> seeds = new("--seeds") { Description = "how many seeds to run", DefaultValueFactory = _ => 200 };
Option<ulong> first = new("--first") { Description = "the first of them", DefaultValueFactory = _ => 1 };
Option<ulong?> seed = new("--seed") { Description = "replay this one" };
Option<bool> trace = new("--trace") { Description = "with everything that happens in it" };
Option<string> without = new("--without") { Description = "faults to leave out, comma-separated", DefaultValueFactory = _ => "" };
Option<double?> minutes = new("--minutes") { Description = "run as many seeds as there is time for" };
Option<int> threads = new("--threads") { Description = "seeds at a time", DefaultValueFactory = _ => Environment.ProcessorCount };
Option<bool> mutants = new("--mutants") { Description = "see that each deliberate fault is found" };
Option<string?> mutant = new("--mutant") { Description = "put this one around the shipped code" };
Option<bool> coverage = new("--coverage") { Description = "print which commands came to which states" };
RootCommand command = new("Runs the shipped scheduler in simulated worlds where everything goes wrong, and sees whether it keeps its promises.")
{
    seeds, first, seed, trace, without, minutes, threads, mutants, mutant, coverage,
};
command.SetAction(given =>
{
    if (given.GetValue(mutants)) return Killing.Run(given.GetValue(first), given.GetValue(threads), Console.Out) ? 0 : 1;
    var around = given.GetValue(mutant) is { } name ? Mutants.All.Single(each => each.Name == name) : null;
    if (given.GetValue(seed) is { } one)
    {
        var replayed = Story.Replay(one, around, given.GetValue(without)!.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<FaultKind>).ToHashSet());
        if (given.GetValue(trace)) foreach (var each in replayed.Trace.Events) Console.WriteLine(each);
        Console.WriteLine($"seed {one}: hash {replayed.Trace.Hash:x16}, {replayed.World.Steps} steps, {replayed.World.Elapsed}, {replayed.Faults}");
        if (replayed.Broken is { } broken) Console.WriteLine($"BROKEN {broken.Promise} {broken.Key} at {broken.At.TotalSeconds:0.0000}: {broken.How}");
        Console.WriteLine($"1 seeds, {replayed.Faults.Total} faults, {(replayed.Broken is null ? 0 : 1)} broken");
        return replayed.Broken is null ? 0 : 1;
    }
    var time = given.GetValue(minutes) is { } most ? TimeSpan.FromMinutes(most) : (TimeSpan?)null;
    var outcome = Sweep.Run(given.GetValue(first), time is null ? given.GetValue(seeds) : null, time, given.GetValue(threads), around);
    Tables.Print(outcome, Console.Out);
    if (outcome.Failures.Count > 0) Story.Tell(outcome.Failures[0], around, Console.Out);
    var reached = !given.GetValue(coverage) || outcome.Coverage.Print(Console.Out);
    Console.WriteLine(Tables.LastLine(outcome));
    return outcome.Failures.Count == 0 && reached ? 0 : 1;
});
return command.Parse(args).Invoke();
