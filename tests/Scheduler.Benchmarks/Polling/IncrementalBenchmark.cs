using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Scheduler.Benchmarks.Polling;

/// <summary>Rounds over tables in which nothing has changed: how many a second, and what they write of their shards.</summary>
static class IncrementalBenchmark
{
    const int Databases = 64, Tables = 63, Rows = 20;

    public static async Task RunAsync(bool quick)
    {
        var directory = Directory.CreateTempSubdirectory("scheduler-benchmark-sources-").FullName;
        try
        {
            Parallel.For(0, Databases, database => Create(File(directory, $"d_{database:D2}")));
            await using var host = await EmbeddedHost.StartAsync(services => services.AddPolling("orders", new Orders(directory)));
            await host.Client.CreateTaskAsync(new()
            {
                Name = "orders",
                Handler = new() { Polling = new() { Handler = "orders", Mode = PollingMode.Incremental, Shards = new() { Databases = "d_{00..63}", Tables = "t_{00..62}" } } },
            });
            var first = await host.Client.RoundAsync("orders");
            await host.Client.RoundAsync("orders"); // warms
            var before = Writes(host.Store);

            var rounds = 0;
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromSeconds(quick ? 8 : 30))
            {
                var round = await host.Client.RoundAsync("orders");
                if (round is not { Rows: 0, Items: { Total: Databases * Tables, Completed: Databases * Tables } }) throw new InvalidOperationException($"expected a round over {Databases * Tables} shards without rows, got {round.Items} with {round.Rows}");
                rounds++;
            }
            var seconds = clock.Elapsed.TotalSeconds;
            var writes = (double)(Writes(host.Store) - before) / rounds;
            Report.Note($"  {Databases * Tables:N0} shards: the first round saw {first.Rows:N0} rows; then {rounds} rounds without changes in {seconds:N1} s, {seconds / rounds * 1e3:N0} ms a round");
            Report.Ratio("incremental_idle_rounds_per_second", rounds / seconds, 1);
            Report.Figure("incremental_idle_shard_writes_per_round", writes, "writes");
            if (writes > 0) throw new InvalidOperationException($"expected no write of a shard in a round without changes, got {writes} a round");
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The shards' versions added up: each write is one.</summary>
    static long Writes(string store)
    {
        using var connection = new SqliteConnection($"Data Source={store};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sum(version) FROM schedule_task_item";
        return (long)command.ExecuteScalar()!;
    }

    static string File(string directory, string database) => Path.Combine(directory, database + ".db");

    static void Create(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN;" + string.Concat(Enumerable.Range(0, Tables).Select(table =>
            $"CREATE TABLE t_{table:D2} (id INTEGER PRIMARY KEY, updated_at INTEGER NOT NULL); CREATE INDEX t_{table:D2}_changed ON t_{table:D2} (updated_at, id);" +
            $"INSERT INTO t_{table:D2} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Rows}) SELECT i, 1767225600000 + i FROM n;")) + "COMMIT";
        command.ExecuteNonQuery();
    }

    sealed class Orders(string directory) : SqlPollingHandler<(long Id, long Changed)>
    {
        protected override string KeyColumn => "id";
        protected override string? TimeColumn => "updated_at";
        protected override SqlTimeType TimeType => SqlTimeType.EpochMilliseconds;

        protected override async ValueTask<DbConnection> OpenAsync(PollingShard shard, CancellationToken cancellationToken)
        {
            var connection = new SqliteConnection($"Data Source={File(directory, shard.Database)};Mode=ReadOnly");
            await connection.OpenAsync(cancellationToken);
            return connection;
        }

        protected override (long Id, long Changed) Read(DbDataReader reader) => (reader.GetInt64(0), reader.GetInt64(1));

        public override Cursor CursorOf((long Id, long Changed) row) => Cursor.At(row.Changed, row.Id);

        public override ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<(long Id, long Changed)> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }
}
