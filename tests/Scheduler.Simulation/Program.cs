using Scheduler.Simulation;

var first = ulong.Parse(args.ElementAtOrDefault(0) ?? "1");
var count = int.Parse(args.ElementAtOrDefault(1) ?? "1");
var keep = args.Contains("--trace");
var watch = System.Diagnostics.Stopwatch.StartNew();
long steps = 0;
var broken = 0;
for (var seed = first; seed < first + (ulong)count; seed++)
{
    var simulation = new Simulation(seed, keepTrace: keep);
    simulation.Run();
    steps += simulation.World.Steps;
    if (keep) foreach (var each in simulation.Trace.Events) Console.WriteLine(each);
    if (simulation.Broken is { } how) { broken++; Console.WriteLine($"seed {seed} {how.At.TotalSeconds:0.000} {how.Promise} {how.Key}: {how.How}  [{simulation.Faults}]"); }
    if (count < 6) Console.WriteLine($"seed {seed} hash {simulation.Trace.Hash:x} steps {simulation.World.Steps} {simulation.World.Elapsed}");
}
Console.WriteLine($"{count} seeds, {steps} steps, {broken} broken, {count / watch.Elapsed.TotalSeconds:0.0} seeds/s");
