using System.Diagnostics;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>The silos of a test, and what is seen of them in their database.</summary>
sealed class Fleet(ClusterDatabase database, Tables tables, Action<string> say, params (string Name, string Value)[] settings) : IAsyncDisposable
{
    static readonly TimeSpan betweenLooks = TimeSpan.FromMilliseconds(100);

    readonly List<SiloProcess> silos = [];
    readonly CancellationTokenSource stop = new();
    Task<List<string>> watching = Task.FromResult(new List<string>());

    /// <summary>Of the silo that has been there for longest.</summary>
    public ISchedulerClient Client => silos.First(silo => !silo.Process.HasExited).Client;

    /// <summary>Starts silos one beside the other.</summary>
    public async Task<SiloProcess> StartAsync(string name, string? connectionString = null)
    {
        var silo = await SiloProcess.StartAsync(name, database.Dialect, connectionString ?? database.ConnectionString, [.. tables.Settings, .. settings]);
        lock (silos) silos.Add(silo);
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        await WatchedAsync();
        foreach (var silo in silos) await silo.DisposeAsync();
    }

    /// <summary>Looks at all shards from now on.</summary>
    public void Watch() => watching = Task.Run(WatchAsync);

    /// <summary>What was seen to go back: cursors, rounds, versions and tokens only grow.</summary>
    public async Task<IReadOnlyList<string>> WatchedAsync()
    {
        await stop.CancelAsync();
        return await watching;
    }

    async Task<List<string>> WatchAsync()
    {
        Dictionary<string, ShardRow> last = [];
        List<string> back = [];
        for (; !stop.IsCancellationRequested; await Task.Delay(2 * betweenLooks))
            foreach (var shard in await database.ShardsAsync())
            {
                if (last.TryGetValue(shard.Name, out var before) && (shard.Place.CompareTo(before.Place) < 0 || shard.Version < before.Version || shard.Token < before.Token)) back.Add($"{before} became {shard}");
                last[shard.Name] = shard;
            }
        return back;
    }

    /// <summary>Waits until the shards that run are spread evenly over the silos that live, within one shard or 5 %, and tells how long it took.</summary>
    /// <remarks>At a time when more than half of them run, so that there is something to be lost.</remarks>
    public async Task<TimeSpan> SpreadAsync(string since)
    {
        var began = Stopwatch.StartNew();
        int[] counts = [];
        string others = "";
        await Silos.UntilAsync(async () =>
        {
            await Task.Delay(betweenLooks);
            var running = (await database.ShardsAsync()).Where(shard => shard.Status == ShardStatus.Running).ToList();
            var living = silos.Where(silo => !silo.Process.HasExited).ToList();
            counts = [.. living.Select(silo => running.Count(shard => silo.Is(shard.Node)))];
            others = $"{running.Count - counts.Sum()} elsewhere";
            return counts.Sum() == running.Count && running.Count > tables.Count / 2 && counts.Max() - counts.Min() <= Math.Max(1, running.Count / counts.Length / 20);
        }, () => $"running shards to be spread evenly after {since}, got {string.Join(" + ", counts)}, {others}", TimeSpan.FromMinutes(3));
        say($"{since}: spread {string.Join(" + ", counts)} after {began.Elapsed.TotalSeconds:0.0} s");
        return began.Elapsed;
    }

    /// <summary>Waits until every shard that ran in a silo goes on elsewhere, and tells how long it took.</summary>
    /// <param name="what">What became of the silo.</param>
    /// <param name="lost">The silo.</param>
    /// <param name="since">Runs since it was lost.</param>
    /// <returns>Until the last shard had a new run in another silo, and until the last had processed a page there.</returns>
    public async Task<(TimeSpan Runs, TimeSpan Moves)> GoesOnAsync(string what, SiloProcess lost, Stopwatch since)
    {
        var before = (await database.ShardsAsync()).Where(shard => shard.Status == ShardStatus.Running && lost.Is(shard.Node)).ToDictionary(shard => shard.Name);
        Assert.NotEmpty(before);
        HashSet<string> run = [.. before.Keys], move = [.. before.Keys];
        var (runs, moves) = (TimeSpan.Zero, TimeSpan.Zero);
        await Silos.UntilAsync(async () =>
        {
            await Task.Delay(betweenLooks);
            foreach (var shard in (await database.ShardsAsync()).Where(shard => move.Contains(shard.Name) && !lost.Is(shard.Node)))
            {
                if (shard.Token > before[shard.Name].Token && run.Remove(shard.Name)) runs = since.Elapsed;
                if (shard.Place.CompareTo(before[shard.Name].Place) > 0 && move.Remove(shard.Name)) moves = since.Elapsed;
            }
            return move.Count == 0;
        }, () => $"{before.Count} shards to go on after {what}: {run.Count} have no run elsewhere, {move.Count} have not moved: {string.Join(", ", move.Take(5))}", TimeSpan.FromMinutes(2));
        say($"{what}: its {before.Count} shards had a run elsewhere after {runs.TotalSeconds:0.0} s, and all had moved after {moves.TotalSeconds:0.0} s");
        return (runs, moves);
    }
}
