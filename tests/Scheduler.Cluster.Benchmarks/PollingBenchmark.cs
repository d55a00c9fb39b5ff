using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Polling;
using Scheduler.Cluster.Benchmarks.Hosts;
using Scheduler.Server.Demo;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>The founding case, 64 databases × 63 tables × 250 rows, one round after another on one database: embedded host, one silo, three silos.</summary>
static class PollingBenchmark
{
    const int Slots = 16, PageSize = 100;

    static readonly Contender[] contenders = [Contender.Embedded, Contender.OneSilo, Contender.ThreeSilos];

    public static async Task RunAsync(Run run)
    {
        var shape = run.Quick ? DemoShape.Default with { Databases = 16 } : DemoShape.Default;
        await using var server = await SharedServer.StartAsync(run.Store);
        await using var sources = await OrderSources.CreateAsync(server, shape, Slots);
        Report.Note($"polling on {server}: {shape} ({sources}), page {PageSize}, {Slots} slots in the embedded host and in each silo; all silos in this process");

        // Compiles, opens, warms: what is measured is a process that has been up for a while.
        for (var round = 1; round <= (run.Quick ? 2 : 4); round++)
            foreach (var contender in contenders)
            {
                await MeasureAsync(contender, server, sources, shape, run.Stop);
                await Jit.RestsAsync().WaitAsync(run.Stop);
            }

        // Turn by turn, so that whatever else the machine does falls on all of them.
        Report.Note("measured:");
        var rates = contenders.ToDictionary(contender => contender, _ => new List<double>());
        for (var turn = 0; turn < (run.Quick ? 2 : 5); turn++)
            foreach (var contender in contenders) rates[contender].Add(await MeasureAsync(contender, server, sources, shape, run.Stop));
        var embedded = rates[Contender.Embedded].Median();
        foreach (var contender in contenders) Report.Figure($"polling_{contender.Name.Replace(' ', '_')}", rates[contender].Median(), "rows/s, median");
        Report.Ratio("polling_one_silo_vs_embedded", rates[Contender.OneSilo].Median() / embedded, 0.8);
        Report.Figure("polling_three_silos_vs_embedded", rates[Contender.ThreeSilos].Median() / embedded * 100, "%");
        Report.Note($"  three silos and their database have {Environment.ProcessorCount} processors, as one silo has: that can show what it costs to share the work, and nothing of what three machines would win");
    }

    /// <summary>Rows a second of a task's first round, in a database that nobody has used.</summary>
    static async Task<double> MeasureAsync(Contender contender, SharedServer server, OrderSources sources, DemoShape shape, CancellationToken stop)
    {
        var database = await server.FreshAsync();
        await using var running = await contender.StartAsync(database, (silo, services) => services.AddPolling("orders", sources.Of(silo)));
        await running.Client.CreateTaskAsync(new()
        {
            Name = "orders",
            Handler = new() { Polling = new() { Handler = "orders", Shards = shape.Patterns, PageSize = PageSize } },
        }, stop);
        var pages = (shape.Rows + PageSize - 1) / PageSize;
        server.Meter.Begin();
        var execution = await running.Client.RoundAsync("orders").WaitAsync(stop);
        var page = server.Meter.End(shape.Shards * pages);
        if (execution.Rows != shape.TotalRows) throw new InvalidOperationException($"expected {shape.TotalRows} rows, got {execution.Rows}");
        var rate = page.PerSecond / pages * shape.Rows;
        var shares = await database.ReadAsync("SELECT count(*) FROM schedule_task_item GROUP BY node ORDER BY 1", row => row.GetInt64(0));
        Report.Note($"  {contender.Name,-14} {rate,12:N0} rows/s  {page.ClientMicroseconds,6:N0} CPU µs/page{(page.ServerMicroseconds > 0 ? $" and {page.ServerMicroseconds:N0} of the server" : "")}; shards {string.Join(" + ", shares)}");
        return rate;
    }
}
