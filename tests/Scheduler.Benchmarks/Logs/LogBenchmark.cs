using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Scheduler.Conformance.Servers;

namespace Scheduler.Benchmarks.Logs;

/// <summary>Lines of one handler, from the first until all are on the disk, beside the same rows inserted by hand, a thousand a transaction.</summary>
static class LogBenchmark
{
    const string Columns = "execution_id, sequence, writer, logged_at, level, attempt, fencing_token, node, message, named_values";
    const int Batch = 1_000;

    public static async Task RunAsync(bool quick)
    {
        var lines = quick ? 100_000 : 500_000;
        await CompareAsync("logs_sqlite", lines, null);
        if (PostgresServer.Missing is { } missing)
        {
            Report.Note($"PostgreSQL is left out: {missing}");
            return;
        }
        var server = new PostgresServer { IsDurable = true };
        await server.InitializeAsync();
        try
        {
            await CompareAsync("logs_postgresql", lines, server.SchemaAsync);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await server.DisposeAsync();
        }
    }

    static async Task CompareAsync(string name, int lines, Func<Task<string>>? schema)
    {
        List<double> ours = [], bare = [];
        for (var turn = 0; turn < 3; turn++)
        {
            bare.Add(await BareAsync(lines, schema is null ? null : await schema()));
            ours.Add(await OursAsync(lines, schema is null ? null : await schema()));
            Report.Note($"  {name}: bare {bare[^1]:N0} lines/s, scheduler {ours[^1]:N0} lines/s");
        }
        Report.Ratio($"{name}_vs_bare_insert", ours.Median() / bare.Median(), 0.5);
    }

    static async Task<double> OursAsync(int lines, string? connectionString)
    {
        var (allocated, logging) = (0L, TimeSpan.Zero);
        var watch = new Stopwatch();
        var directory = Directory.CreateTempSubdirectory("scheduler-benchmark-").FullName;
        await using (var host = await EmbeddedHost.StartAsync(services => services.AddTaskHandler("work", (context, _) =>
        {
            watch.Start();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var line = 0; line < lines; line++) context.Logger.LogInformation("processed {Rows} rows of {Table}", line, "orders");
            (allocated, logging) = (GC.GetAllocatedBytesForCurrentThread() - before, watch.Elapsed);
            return Task.CompletedTask;
        }), options => (connectionString is null ? options.UseSqlite(Path.Combine(directory, "ours.db")) : options.UsePostgreSql(connectionString))
            // None is left out, so that both write the same.
            .Limits(limits => limits with { Logs = new() { BufferBytes = 1L << 30, LinesPerExecution = int.MaxValue - 1 } })))
        {
            await host.Client.CreateTaskAsync(new() { Name = "job", Handler = new() { Code = new() { Handler = "work" } } });
            await host.Client.RoundAsync("job");
        } // an orderly stop: everything is written
        var rate = lines / watch.Elapsed.TotalSeconds;
        Directory.Delete(directory, recursive: true);
        Report.Figure("logs_allocation", (double)allocated / lines, "bytes/line");
        Report.Figure("logs_caller", logging.TotalMicroseconds / lines, "µs/line");
        return rate;
    }

    /// <summary>Lines a second.</summary>
    static async Task<double> BareAsync(int lines, string? connectionString)
    {
        var directory = Directory.CreateTempSubdirectory("scheduler-benchmark-").FullName;
        try
        {
            var watch = Stopwatch.StartNew();
            if (connectionString is null) BareSqlite(Path.Combine(directory, "bare.db"), lines);
            else await BarePostgreSqlAsync(connectionString, lines);
            return lines / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    static object[] Row(int line) => ["0123456789abcdef0123456789abcdef", (long)line, 1L, (long)line, 3L, 1L, 7L, "node", $"processed {line} rows of orders", $$"""{"Rows":{{line}},"Table":"orders"}"""];

    static void BareSqlite(string path, int lines)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE log (execution_id TEXT, sequence INTEGER, writer INTEGER, logged_at INTEGER, level INTEGER, attempt INTEGER, fencing_token INTEGER, node TEXT, message TEXT, named_values TEXT, PRIMARY KEY (execution_id, sequence, writer)) WITHOUT ROWID";
        setup.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = $"INSERT INTO log ({Columns}) VALUES ({string.Join(", ", Enumerable.Range(0, 10).Select(index => $"@p{index}"))})";
        foreach (var (value, index) in Row(0).Select((value, index) => (value, index))) insert.Parameters.AddWithValue($"@p{index}", value);
        for (var line = 0; line < lines;)
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var end = Math.Min(lines, line + Batch); line < end; line++)
            {
                var row = Row(line);
                for (var index = 0; index < row.Length; index++) insert.Parameters[index].Value = row[index];
                insert.ExecuteNonQuery();
            }
            transaction.Commit();
        }
    }

    static async Task BarePostgreSqlAsync(string connectionString, int lines)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var setup = connection.CreateCommand();
        setup.CommandText = "CREATE TABLE log (execution_id text, sequence bigint, writer bigint, logged_at bigint, level bigint, attempt bigint, fencing_token bigint, node text, message text, named_values text, PRIMARY KEY (execution_id, sequence, writer))";
        await setup.ExecuteNonQueryAsync();
        await using var insert = connection.CreateCommand();
        insert.CommandText = $"INSERT INTO log ({Columns}) SELECT * FROM unnest({string.Join(", ", Row(0).Select((value, index) => $"@p{index}::{(value is string ? "text" : "bigint")}[]"))})";
        for (var line = 0; line < lines; line += Batch)
        {
            var rows = Enumerable.Range(line, Math.Min(Batch, lines - line)).Select(Row).ToArray();
            insert.Parameters.Clear();
            for (var column = 0; column < rows[0].Length; column++)
            {
                object values = rows[0][column] is string ? Array.ConvertAll(rows, row => (string)row[column]) : Array.ConvertAll(rows, row => (long)row[column]);
                insert.Parameters.AddWithValue($"@p{column}", values);
            }
            await insert.ExecuteNonQueryAsync();
        }
    }
}
