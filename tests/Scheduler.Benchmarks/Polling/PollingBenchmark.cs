using Microsoft.Data.Sqlite;
using Npgsql;
using Scheduler.Benchmarks.Dispatch;
using Scheduler.Conformance.Servers;
using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>
/// The founding case, 64 databases × 63 tables × 250 rows: ours beside what a person would write, and beside nothing but reading. All three
/// in one run, through the same reads, with as many connections.
/// </summary>
static class PollingBenchmark
{
    const int Slots = 16, PageSize = 100, Warm = 8;

    /// <summary>Sources and store are SQLite files.</summary>
    public static async Task RunAsync(bool quick)
    {
        var root = Directory.CreateTempSubdirectory("scheduler-benchmark-");
        try
        {
            var shape = Shape(quick);
            var directory = new DemoDirectory(Path.Combine(root.FullName, "demo"));
            directory.Hold().Dispose();
            await Sources.CreateAsync(directory, shape, _ => { }, CancellationToken.None);
            Report.Note($"polling: {shape}, page {PageSize}, {Slots} slots");
            await CompareAsync("polling", new(null), quick, shape, new IdleOrders(directory),
                turn => Task.FromResult<ICheckpoints>(new SqliteCheckpoints(Path.Combine(root.FullName, $"checkpoints-{turn}.db"))), () => Task.FromResult<Action<SchedulerOptions>?>(null));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            root.Delete(recursive: true);
        }
    }

    /// <summary>Sources and store are one PostgreSQL server, which waits for the disk at each commit: a schema for each database of the case.</summary>
    public static async Task RunOnPostgreSqlAsync(bool quick)
    {
        if (PostgresServer.Missing is { } missing) throw new InvalidOperationException(missing);
        var server = new PostgresServer { IsDurable = true };
        await server.InitializeAsync();
        try
        {
            var shape = Shape(quick);
            await using var sources = NpgsqlDataSource.Create($"{server.ConnectionString};Maximum Pool Size={Slots}");
            await using var cursors = NpgsqlDataSource.Create($"{server.ConnectionString};Maximum Pool Size={Slots}");
            var orders = new PostgreSqlOrders(sources, shape);
            await orders.CreateAsync();
            Report.Note($"polling on PostgreSQL: {shape} (a schema each), page {PageSize}, {Slots} slots, {Slots} connections to the tables and {Slots} for checkpoints");
            await CompareAsync("polling_postgresql", new(server), quick, shape, orders, async _ => await PostgreSqlCheckpoints.CreateAsync(cursors, shape), async () =>
            {
                var store = new NpgsqlConnectionStringBuilder(await server.SchemaAsync()) { MaxPoolSize = Slots };
                return options => options.UsePostgreSql(store.ConnectionString);
            });
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await server.DisposeAsync();
        }
    }

    static DemoShape Shape(bool quick) => quick ? DemoShape.Default with { Databases = 16 } : DemoShape.Default;

    static async Task CompareAsync(string name, Meter meter, bool quick, DemoShape shape, IPollingHandler<OrderRow> orders, Func<int, Task<ICheckpoints>> checkpoints, Func<Task<Action<SchedulerOptions>?>> store)
    {
        var hand = new HandWritten(orders, shape, Slots, PageSize);
        await using var host = await EmbeddedHost.StartAsync(services => services.AddPolling("orders", orders), await store());
        await host.Client.CreateTaskAsync(new()
        {
            Name = "orders",
            Handler = new() { Polling = new() { Handler = "orders", Shards = shape.Patterns, PageSize = PageSize } },
        });
        // Compiles, opens, warms: what is measured is a process that has been up for a while. Our first round makes the shards as well, as the
        // hand-written loops' places for cursors are made before they begin.
        for (var round = 1; round <= Warm; round++)
        {
            await hand.BareAsync();
            await hand.CheckpointedAsync(await checkpoints(-round));
            await MeasureAsync(round == 1 ? "first round" : "warming", meter, shape, () => RoundAsync(host, shape));
            await Jit.RestsAsync();
        }

        // Turn by turn, so that whatever else the machine does falls on all of them.
        List<double> bare = [], written = [], ours = [];
        for (var turn = 0; turn < (quick ? 3 : 5); turn++)
        {
            bare.Add(await MeasureAsync("bare read", meter, shape, hand.BareAsync));
            var empty = await checkpoints(turn);
            written.Add(await MeasureAsync("hand-written", meter, shape, () => hand.CheckpointedAsync(empty)));
            ours.Add(await MeasureAsync("scheduler", meter, shape, () => RoundAsync(host, shape)));
        }
        Report.Ratio($"{name}_vs_handwritten", ours.Median() / written.Median(), 1.5);
        Report.Ratio($"{name}_vs_bare_read", ours.Median() / bare.Median(), 0.8);
    }

    static async Task RoundAsync(EmbeddedHost host, DemoShape shape)
    {
        var execution = await host.Client.RoundAsync("orders");
        if (execution.Rows != shape.TotalRows) throw new InvalidOperationException($"expected {shape.TotalRows} rows, got {execution.Rows}");
    }

    /// <summary>Rows a second.</summary>
    static async Task<double> MeasureAsync(string what, Meter meter, DemoShape shape, Func<Task> run)
    {
        meter.Begin();
        await run();
        var page = meter.End(shape.Shards * ((shape.Rows + PageSize - 1) / PageSize));
        var rate = page.PerSecond / ((shape.Rows + PageSize - 1) / PageSize) * shape.Rows;
        Report.Note($"  {what,-14} {rate,12:N0} rows/s  {page.ClientMicroseconds,6:N0} CPU µs/page{(page.ServerMicroseconds > 0 ? $" and {page.ServerMicroseconds:N0} of the server" : "")}");
        return rate;
    }
}
