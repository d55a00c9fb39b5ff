namespace Scheduler.Simulation;

/// <summary>How a seed came to break its promise: with as few faults as do it, and of what happened only what has to do with it.</summary>
static class Story
{
    const int Lines = 60;

    public static void Tell(Failure failure, Mutant? mutant, TextWriter to)
    {
        HashSet<FaultKind> without = [];
        var told = Replay(failure.Seed, mutant, without);
        foreach (var kind in Enum.GetValues<FaultKind>().Where(kind => told.Faults.Injected[(int)kind] > 0).ToArray())
        {
            without.Add(kind);
            var less = Replay(failure.Seed, mutant, without);
            if (less.Broken?.Promise == failure.Broken.Promise) told = less;
            else without.Remove(kind);
        }
        var broken = told.Broken!;
        to.WriteLine($"seed {failure.Seed} breaks {broken.Promise} after {broken.At.TotalSeconds:0.0000} s, with {told.Faults.Total} faults of {Enum.GetValues<FaultKind>().Count(kind => told.Faults.Injected[(int)kind] > 0)} kinds:");
        foreach (var each in told.Trace.Events.Where(each => Concerns(each, broken.Key)).TakeLast(Lines)) to.WriteLine(Shortened(each.ToString()));
        to.WriteLine($"replay: --seed {failure.Seed}{(without.Count == 0 ? "" : $" --without {string.Join(',', without)}")} --trace");
    }

    public static Simulation Replay(ulong seed, Mutant? mutant, IReadOnlySet<FaultKind> without)
    {
        Simulation simulation = null!;
        var thread = new Thread(() =>
        {
            simulation = new(seed, mutant, keepTrace: true, without: without);
            simulation.Run();
        }, 16 * 1024 * 1024);
        thread.Start();
        thread.Join();
        return simulation;
    }

    static readonly HashSet<string> Always = ["begins", "pauses", "goesOn", "isCut", "stops", "rollsBack", "storeDown", "tableDropped", "heals", "view", "BROKEN", .. Enum.GetNames<FaultKind>()];

    static bool Concerns(Event each, string key) => Always.Contains(each.Kind) || (key.Length > 0 && (each.Key.Contains(key, StringComparison.Ordinal) || each.Node == key || each.Text.Contains(key, StringComparison.Ordinal)));

    static string Shortened(string line) => line.Length <= 220 ? line : string.Concat(line.AsSpan(0, 219), "…");
}
