using System.Collections.Concurrent;
using System.Data.Common;
using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>What a person would write: a number of loops, each takes the next table and reads it page by page.</summary>
sealed class HandWritten(IPollingHandler<OrderRow> source, DemoShape shape, int loops, int pageSize)
{
    /// <summary>Reads everything and remembers nothing: the limit.</summary>
    public Task BareAsync() => LoopsAsync(null);

    /// <summary>Writes the cursor after each page, in a transaction of its own, as durably as the scheduler does.</summary>
    /// <param name="checkpoints">A place for the cursors, without any.</param>
    public Task CheckpointedAsync(ICheckpoints checkpoints) => LoopsAsync(checkpoints);

    Task LoopsAsync(ICheckpoints? checkpoints)
    {
        var shards = new ConcurrentQueue<PollingShard>(
            from database in Enumerable.Range(0, shape.Databases)
            from table in Enumerable.Range(0, shape.Tables)
            select new PollingShard("default", "orders", shape.Database(database), shape.Table(table)));
        return Task.WhenAll(Enumerable.Range(0, loops).Select(_ => Task.Run(async () =>
        {
            await using var connection = checkpoints is null ? null : await checkpoints.OpenAsync();
            await using var write = connection?.CreateCommand();
            if (write is not null) Prepare(write, checkpoints!.Sql);
            while (shards.TryDequeue(out var shard)) await PollAsync(shard, write);
        })));
    }

    async Task PollAsync(PollingShard shard, DbCommand? write)
    {
        var pass = new PollingPass((await source.BoundsAsync(shard, CancellationToken.None)).HighestKey);
        var (cursor, total) = (Cursor.Start, 0L);
        while (true)
        {
            var rows = await source.QueryAsync(shard, cursor, pass, pageSize, CancellationToken.None);
            if (rows.Count > 0)
            {
                (cursor, total) = (source.CursorOf(rows[^1]), total + rows.Count);
                if (write is not null) await CheckpointAsync(write, shard, cursor, total);
            }
            if (rows.Count < pageSize) return;
        }
    }

    static void Prepare(DbCommand write, string sql)
    {
        write.CommandText = sql;
        foreach (var (name, value) in new (string, object)[] { ("@database", ""), ("@name", ""), ("@cursor", ""), ("@rows", 0L) })
        {
            var parameter = write.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            write.Parameters.Add(parameter);
        }
        write.Prepare();
    }

    static async Task CheckpointAsync(DbCommand write, PollingShard shard, Cursor cursor, long rows)
    {
        (write.Parameters[0].Value, write.Parameters[1].Value, write.Parameters[2].Value, write.Parameters[3].Value) = (shard.Database, shard.Table, cursor.Key, rows);
        if (await write.ExecuteNonQueryAsync() != 1) throw new InvalidOperationException("expected a checkpoint that is written");
    }
}

/// <summary>Where cursors are kept.</summary>
interface ICheckpoints
{
    /// <summary>Writes one: <c>@database</c>, <c>@name</c>, <c>@cursor</c>, <c>@rows</c>.</summary>
    string Sql { get; }

    /// <summary>A connection of one loop's own.</summary>
    Task<DbConnection> OpenAsync();
}
