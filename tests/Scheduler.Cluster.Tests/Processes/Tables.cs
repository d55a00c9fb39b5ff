using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Scheduler.Server.Demo;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>A row and when it was durable at the latest.</summary>
sealed record Written(string Shard, long Row, DateTimeOffset At);

/// <summary>The tables that are polled: files of SQLite, and a writer that goes on adding rows.</summary>
sealed class Tables : IAsyncDisposable
{
    readonly TemporaryDirectory temporary = new();
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentQueue<Written> written = [];
    readonly DemoShape shape;
    Task writing = Task.CompletedTask;

    Tables(DemoShape shape) => this.shape = shape;

    DemoDirectory Directory => new(temporary.In("tables"));

    public int Count => shape.Shards;

    public ShardsDefinition Shards => shape.Patterns;

    /// <summary>What a silo has to know of them.</summary>
    public (string Name, string Value)[] Settings => [("Connections__shop__Dialect", "sqlite"), ("Connections__shop__ConnectionString", $"Data Source={Directory.Source("{database}")}")];

    /// <summary>All rows so far.</summary>
    public IEnumerable<Written> Rows => written;

    public static async Task<Tables> CreateAsync(DemoShape shape)
    {
        var tables = new Tables(shape);
        tables.Directory.Hold().Dispose();
        await Sources.CreateAsync(tables.Directory, shape, _ => { }, CancellationToken.None);
        var connections = Enumerable.Range(0, shape.Databases).Select(tables.Open).ToArray();
        tables.writing = Task.Run(() => tables.WriteAsync(connections));
        return tables;
    }

    /// <summary>No row is added from here on.</summary>
    public async Task StopWritingAsync()
    {
        await stop.CancelAsync();
        await writing;
    }

    public async ValueTask DisposeAsync()
    {
        await StopWritingAsync();
        temporary.Dispose();
    }

    /// <summary>Opens a database to write, and remembers what it has.</summary>
    SqliteConnection Open(int database)
    {
        var connection = new SqliteConnection($"Data Source={Directory.Source(shape.Database(database))};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF";
        command.ExecuteNonQuery();
        for (var table = 0; table < shape.Tables; table++)
        {
            command.CommandText = $"SELECT id FROM {shape.Table(table)}";
            using var reader = command.ExecuteReader();
            while (reader.Read()) written.Enqueue(new(Name(database, table), reader.GetInt64(0), DateTimeOffset.UtcNow));
        }
        return connection;
    }

    /// <summary>A transaction after another: a row in each of a few tables of one database.</summary>
    async Task WriteAsync(SqliteConnection[] connections)
    {
        try
        {
            for (var turn = 0; ; turn++)
            {
                var database = turn % connections.Length;
                List<(int Table, long Row)> added = [];
                using (var transaction = connections[database].BeginTransaction())
                {
                    for (var table = turn / connections.Length % 13; table < shape.Tables; table += 13) added.Add((table, Add(connections[database], shape.Table(table))));
                    transaction.Commit();
                }
                foreach (var (table, row) in added) written.Enqueue(new(Name(database, table), row, DateTimeOffset.UtcNow));
                await Task.Delay(50, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var connection in connections) connection.Dispose();
        }
    }

    static long Add(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO {table} (id, amount, customer, updated_at) SELECT max(id) + 3, 1, 'late', 0 FROM {table} RETURNING id";
        return (long)command.ExecuteScalar()!;
    }

    string Name(int database, int table) => $"{shape.Database(database)}.{shape.Table(table)}";
}
