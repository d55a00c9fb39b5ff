using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;
using Scheduler.Conformance.Servers;

namespace Scheduler.Benchmarks.Polling;

/// <summary>What a round without changes costs for each shard as the shards of a task become many, where the source costs nothing. It must write none of them.</summary>
static class IdleRoundsBenchmark
{
    const int Few = 4_032, Many = 40_000, Tables = 63;

    sealed record Cost(double Wall, double Cpu);

    /// <summary>Our store is a SQLite file.</summary>
    public static Task RunAsync(bool quick) => CompareAsync("incremental", quick, host => ReadAsync(new SqliteConnection($"Data Source={host.Store};Mode=ReadOnly;Pooling=False")), () => Task.FromResult<Action<SchedulerOptions>?>(null));

    /// <summary>Our store is a PostgreSQL server, which waits for the disk at each commit.</summary>
    public static async Task RunOnPostgreSqlAsync(bool quick)
    {
        if (PostgresServer.Missing is { } missing) throw new InvalidOperationException(missing);
        var server = new PostgresServer { IsDurable = true };
        await server.InitializeAsync();
        try
        {
            var store = "";
            await CompareAsync("incremental_postgresql", quick, _ => ReadAsync(new NpgsqlConnection(store)), async () =>
            {
                var fresh = store = await server.SchemaAsync();
                return options => options.UsePostgreSql(fresh);
            });
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await server.DisposeAsync();
        }
    }

    static async Task CompareAsync(string name, bool quick, Func<EmbeddedHost, Task<long>> writes, Func<Task<Action<SchedulerOptions>?>> store)
    {
        await using var few = await TaskAsync(Few, await store());
        var fewWrites = await writes(few); // the store that was named last
        await MeasureAsync(few, Few, 10); // warms
        Expect(await writes(few) - fewWrites);
        await using var many = await TaskAsync(Many, await store());
        var manyWrites = await writes(many);
        await MeasureAsync(many, Many, 1);

        // Turn by turn, so that whatever else the machine does falls on both; ten rounds over few are as many questions as one over many.
        List<double> rates = [], wall = [], cpu = [];
        for (var turn = 0; turn < (quick ? 3 : 9); turn++)
        {
            var (one, other) = (await MeasureAsync(few, Few, 10), await MeasureAsync(many, Many, 1));
            rates.Add(1 / (one.Wall * Few));
            wall.Add(one.Wall / other.Wall);
            cpu.Add(one.Cpu / other.Cpu);
            Report.Note(FormattableString.Invariant($"  a round over {Few:N0} shards {one.Wall * Few * 1e3,6:N0} ms, {one.Wall * 1e6:N1} µs and {one.Cpu * 1e6:N1} CPU µs a shard; over {Many:N0} {other.Wall * Many * 1e3,6:N0} ms, {other.Wall * 1e6:N1} and {other.Cpu * 1e6:N1}"));
        }
        var written = await writes(many) - manyWrites;
        Report.Figure($"{name}_rounds_per_second_{Few}", rates.Median(), "rounds/s");
        Report.Figure($"{name}_rounds_per_second_{Many}", rates.Median() * Few / Many * wall.Median(), "rounds/s");
        Report.Figure($"{name}_shard_writes_in_idle_rounds", written, "writes");
        Report.Ratio($"{name}_flat_{Many}_shards", wall.Median(), 0.8);
        Report.Ratio($"{name}_flat_{Many}_shards_cpu", cpu.Median(), 0.8);
        Expect(written);
    }

    static void Expect(long writes)
    {
        if (writes > 0) throw new InvalidOperationException($"expected no write of a shard in rounds without changes, got {writes}");
    }

    static async Task<EmbeddedHost> TaskAsync(int shards, Action<SchedulerOptions>? store)
    {
        var host = await EmbeddedHost.StartAsync(services => services.AddPolling("idle", new Idle()), store);
        await host.Client.CreateTaskAsync(new()
        {
            Name = "idle",
            Handler = new() { Polling = new() { Handler = "idle", Mode = PollingMode.Incremental, Shards = new() { List = [.. from shard in Enumerable.Range(0, shards) select new ShardName($"d_{shard / Tables:D4}", $"t_{shard % Tables:D2}")] } } },
        });
        await host.Client.RoundAsync("idle"); // each shard has a row, and rests on it from then on
        return host;
    }

    /// <summary>Seconds for each shard of a round.</summary>
    static async Task<Cost> MeasureAsync(EmbeddedHost host, int shards, int rounds)
    {
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < rounds; round++)
            if (await host.Client.RoundAsync("idle") is var ended && (ended.Rows, ended.Items.Completed) != (0, shards)) throw new InvalidOperationException($"expected a round without rows, got {ended.Items} with {ended.Rows}");
        return new(clock.Elapsed.TotalSeconds / rounds / shards, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / rounds / shards);
    }

    /// <summary>The shards' versions added up: each write is one.</summary>
    static async Task<long> ReadAsync(DbConnection connection)
    {
        await using var open = connection;
        await open.OpenAsync();
        await using var command = open.CreateCommand();
        command.CommandText = "SELECT CAST(sum(version) AS BIGINT) FROM schedule_task_item";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Every table has one row, older than any round.</summary>
    sealed class Idle : IPollingHandler<long>
    {
        static readonly DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        static readonly long[] row = [1];

        public bool CanReadChanges => true;

        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds("1", now, TimeSpan.FromMilliseconds(1)));

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) => new(after.Key is null ? row : []);

        public Cursor CursorOf(long row) => Cursor.At(0, row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }
}
