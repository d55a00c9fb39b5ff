using Npgsql;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>
/// The least that a durable scheduler can ask of a database: claim a hundred due tasks, complete them and record their executions, a
/// transaction each. There is no schedule, no retry, no decision in it.
/// </summary>
sealed class BareSql(string connectionString)
{
    const int Batch = 100, Connections = 8;

    public async Task<Cost> RunAsync(Meter meter, int tasks)
    {
        await using var source = NpgsqlDataSource.Create($"{connectionString};Maximum Pool Size={Connections};Max Auto Prepare=10;Auto Prepare Min Usages=1");
        await ExecuteAsync(source,
            "DROP TABLE IF EXISTS bare_task, bare_execution; " +
            "CREATE TABLE bare_task (id bigint PRIMARY KEY, name text NOT NULL, status smallint NOT NULL, wake_at bigint) WITH (fillfactor = 70); " +
            "CREATE TABLE bare_execution (id text PRIMARY KEY, task_id bigint NOT NULL, scheduled_at bigint NOT NULL, started_at bigint NOT NULL, ended_at bigint NOT NULL, status smallint NOT NULL); " +
            $"INSERT INTO bare_task SELECT i, 'task-' || i, 1, i FROM generate_series(1, {tasks}) AS i; CREATE INDEX ON bare_task (wake_at, id) WHERE wake_at IS NOT NULL; ANALYZE bare_task; CHECKPOINT");
        await meter.CountAsync();
        meter.Begin();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => LoopAsync(source))));
        var cost = meter.End(tasks);
        await using (var count = source.CreateCommand("SELECT count(*) FROM bare_execution"))
            if ((long)(await count.ExecuteScalarAsync())! is var recorded && recorded != tasks) throw new InvalidOperationException($"expected {tasks} records, got {recorded}");
        await source.DisposeAsync();
        return await meter.CountedAsync(cost, tasks);
    }

    static async Task LoopAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var claim = new NpgsqlCommand(
            "UPDATE bare_task SET status = 2, wake_at = NULL WHERE id IN (SELECT id FROM bare_task WHERE wake_at < @now ORDER BY wake_at, id LIMIT @limit FOR UPDATE SKIP LOCKED) RETURNING id", connection)
        { Parameters = { new("now", long.MaxValue), new("limit", (long)Batch) } };
        await using var complete = new NpgsqlCommand(
            "WITH done AS (UPDATE bare_task SET status = 3 WHERE id = ANY(@ids) RETURNING id) " +
            "INSERT INTO bare_execution SELECT x, id, @now, @now, @now, 4 FROM done JOIN unnest(@ids, @executions) AS i (i, x) ON i = id", connection)
        { Parameters = { new("ids", Array.Empty<long>()), new("executions", Array.Empty<string>()), new("now", long.MaxValue) } };
        while (true)
        {
            List<long> ids = [];
            await using (var reader = await claim.ExecuteReaderAsync())
                while (await reader.ReadAsync()) ids.Add(reader.GetInt64(0));
            if (ids.Count == 0) return;
            complete.Parameters[0].Value = ids.ToArray();
            complete.Parameters[1].Value = ids.Select(_ => Guid.NewGuid().ToString("N")).ToArray();
            complete.Parameters[2].Value = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await complete.ExecuteNonQueryAsync();
        }
    }

    static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
