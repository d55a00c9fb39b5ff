using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>The founding case, 64 databases × 63 tables × 250 rows: ours beside what a person would write, and beside nothing but reading.</summary>
static class PollingBenchmark
{
    const int Slots = 16, PageSize = 100;

    public static async Task RunAsync(bool quick)
    {
        var root = Directory.CreateTempSubdirectory("scheduler-benchmark-");
        try
        {
            var shape = quick ? DemoShape.Default with { Databases = 16 } : DemoShape.Default;
            var directory = new DemoDirectory(Path.Combine(root.FullName, "demo"));
            directory.Hold().Dispose();
            await Sources.CreateAsync(directory, shape, _ => { }, CancellationToken.None);
            Report.Note($"polling: {shape}, page {PageSize}, {Slots} slots");

            var orders = new IdleOrders(directory);
            var hand = new HandWritten(orders, shape, Slots, PageSize);
            // Compiles, opens, warms: what is measured is a process that has been up for a while.
            await hand.BareAsync();
            await hand.CheckpointedAsync(Path.Combine(root.FullName, "checkpoints-warm.db"));
            await OursAsync(orders, shape);

            // Turn by turn, so that whatever else the machine does falls on all of them.
            List<double> bare = [], written = [], ours = [];
            for (var turn = 0; turn < (quick ? 2 : 3); turn++)
            {
                bare.Add(await MeasureAsync("bare read", shape, hand.BareAsync));
                written.Add(await MeasureAsync("hand-written", shape, () => hand.CheckpointedAsync(Path.Combine(root.FullName, $"checkpoints-{turn}.db"))));
                ours.Add(await OursAsync(orders, shape));
            }
            Report.Ratio("polling_vs_handwritten", Median(ours) / Median(written), 1.5);
            Report.Ratio("polling_vs_bare_read", Median(ours) / Median(bare), 0.8);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            root.Delete(recursive: true);
        }
    }

    static async Task<double> OursAsync(IdleOrders orders, DemoShape shape)
    {
        await using var host = await EmbeddedHost.StartAsync(services => services.AddPolling("orders", orders));
        await host.Client.CreateTaskAsync(new()
        {
            Name = "orders",
            Handler = new() { Polling = new() { Handler = "orders", Shards = shape.Patterns, PageSize = PageSize } },
        });
        var execution = default(ExecutionView);
        var rate = await MeasureAsync("scheduler", shape, async () => execution = await host.RoundAsync("orders"));
        return execution!.Rows == shape.TotalRows ? rate : throw new InvalidOperationException($"expected {shape.TotalRows} rows, got {execution.Rows}");
    }

    /// <summary>Rows a second.</summary>
    static async Task<double> MeasureAsync(string what, DemoShape shape, Func<Task> run)
    {
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await run();
        var rate = shape.TotalRows / clock.Elapsed.TotalSeconds;
        var pages = (double)shape.Shards * ((shape.Rows + PageSize - 1) / PageSize);
        Report.Note($"  {what,-14} {rate,12:N0} rows/s  {(Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / pages,6:N0} CPU µs/page");
        return rate;
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
