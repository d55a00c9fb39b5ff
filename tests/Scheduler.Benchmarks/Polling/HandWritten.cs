using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>What a person would write: a number of loops, each takes the next table and reads it page by page.</summary>
sealed class HandWritten(IdleOrders source, DemoShape shape, int loops, int pageSize)
{
    /// <summary>Reads everything and remembers nothing: the limit.</summary>
    public Task BareAsync() => LoopsAsync(() => null);

    /// <summary>Writes the cursor after each page, in a transaction of its own, as durably as the scheduler does.</summary>
    public async Task CheckpointedAsync(string path)
    {
        using (var connection = Open(path))
            Execute(connection, "CREATE TABLE checkpoint (database TEXT, name TEXT, cursor TEXT, rows INTEGER NOT NULL, PRIMARY KEY (database, name))");
        await LoopsAsync(() => Open(path));
    }

    Task LoopsAsync(Func<SqliteConnection?> open)
    {
        var shards = new ConcurrentQueue<PollingShard>(
            from database in Enumerable.Range(0, shape.Databases)
            from table in Enumerable.Range(0, shape.Tables)
            select new PollingShard("default", "orders", shape.Database(database), shape.Table(table)));
        return Task.WhenAll(Enumerable.Range(0, loops).Select(_ => Task.Run(async () =>
        {
            using var checkpoints = open();
            using var write = checkpoints?.CreateCommand();
            while (shards.TryDequeue(out var shard)) await PollAsync(shard, write);
        })));
    }

    async Task PollAsync(PollingShard shard, SqliteCommand? write)
    {
        var pass = new PollingPass((await source.BoundsAsync(shard, CancellationToken.None)).HighestKey);
        var (cursor, total) = (Cursor.Start, 0L);
        while (true)
        {
            var rows = await source.QueryAsync(shard, cursor, pass, pageSize, CancellationToken.None);
            if (rows.Count > 0)
            {
                (cursor, total) = (source.CursorOf(rows[^1]), total + rows.Count);
                if (write is not null) Checkpoint(write, shard, cursor, total);
            }
            if (rows.Count < pageSize) return;
        }
    }

    static void Checkpoint(SqliteCommand write, PollingShard shard, Cursor cursor, long rows)
    {
        write.CommandText = "INSERT INTO checkpoint (database, name, cursor, rows) VALUES (@database, @name, @cursor, @rows) ON CONFLICT (database, name) DO UPDATE SET cursor = @cursor, rows = @rows";
        write.Parameters.Clear();
        write.Parameters.AddWithValue("@database", shard.Database);
        write.Parameters.AddWithValue("@name", shard.Table);
        write.Parameters.AddWithValue("@cursor", cursor.Key);
        write.Parameters.AddWithValue("@rows", rows);
        write.ExecuteNonQuery();
    }

    static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        return connection;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
