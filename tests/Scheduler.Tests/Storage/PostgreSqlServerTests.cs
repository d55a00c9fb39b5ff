using System.Diagnostics;
using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Migrations;
using Xunit;
using Xunit.Abstractions;

namespace Scheduler.Tests.Storage;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PostgreSqlServerTests(PostgresServer server, ITestOutputHelper output)
{
    [StoreFact]
    public async Task Several_that_open_a_new_schema_at_once_all_find_it_migrated()
    {
        var connectionString = await server.SchemaAsync();
        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SchedulerStore.OpenPostgreSqlAsync(connectionString)));
        foreach (var store in opened)
        {
            Assert.Null(await store.ReadTaskAsync(1, default));
            await store.DisposeAsync();
        }
    }

    [StoreFact]
    public async Task A_row_that_cannot_be_read_fails_alone_among_those_that_share_its_round_trip()
    {
        var connectionString = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        await store.CommitAsync([new EntityWrite.OfTask(States.Task(1, "a"), true, 0, 1), new EntityWrite.OfTask(States.Task(2, "b"), true, 0, 2)], default);
        await ExecuteAsync(connectionString, "UPDATE schedule_task SET state_version = 2 WHERE id = 1"); // a newer program's
        var reads = Enumerable.Range(0, 200).Select(read => store.ReadTaskAsync(1 + read % 2, default).AsTask()).ToArray();
        for (var read = 0; read < reads.Length; read++)
        {
            if (read % 2 == 0) await Assert.ThrowsAsync<InvalidDataException>(() => reads[read]);
            else Assert.Equal(2, (await reads[read])!.State.Id);
        }
    }

    [StoreFact]
    public async Task A_changed_statement_is_refused()
    {
        var connectionString = await server.SchemaAsync();
        await (await SchedulerStore.OpenPostgreSqlAsync(connectionString)).DisposeAsync();
        await ExecuteAsync(connectionString, "UPDATE schedule_migration SET checksum = 'other' WHERE number = 1 AND statement = 2");
        await Assert.ThrowsAsync<MigrationException>(() => SchedulerStore.OpenPostgreSqlAsync(connectionString));
    }

    [StoreFact]
    public async Task A_connection_that_breaks_is_an_error_and_the_store_goes_on_afterwards()
    {
        var connectionString = await server.SchemaAsync() + ";Application Name=breaks";
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        await store.CommitAsync([new EntityWrite.OfShard(States.Shard(1, 1), 0, 1)], default);
        await ExecuteAsync(connectionString.Replace("=breaks", "=other", StringComparison.Ordinal), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'breaks/%'");
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () =>
        {
            // One for each connection that the pool had; the next is new.
            for (var i = 0; i < 20; i++) await store.CommitAsync([new EntityWrite.OfShard(States.Shard(1, 1) with { Rows = 1 }, 1, 2)], default);
        });
        Assert.Equal(WriteOutcome.Written, Assert.Single(await store.CommitAsync([new EntityWrite.OfShard(States.Shard(1, 1) with { Rows = 1 }, 1, 2)], default)));
    }

    [StoreFact]
    public async Task How_long_commits_take()
    {
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(await server.SchemaAsync());
        await store.InsertShardsAsync([.. Enumerable.Range(1, 5000).Select(id => States.Shard(1, id))], default);
        for (var version = 1; version <= 6; version++)
        {
            var rows = version < 3 ? 5000 : 512;
            EntityWrite[] writes = [.. Enumerable.Range(1, rows).Select(id => new EntityWrite.OfShard(States.Shard(1, id) with { Rows = version, Cursor = Cursor.At(version) }, version, version * 10_000L + id))];
            var watch = Stopwatch.StartNew();
            var outcomes = await store.CommitAsync(writes, default);
            output.WriteLine($"{rows} checkpoints in one commit: {watch.Elapsed.TotalMilliseconds:0.00} ms");
            Assert.All(outcomes, outcome => Assert.Equal(WriteOutcome.Written, outcome));
        }
    }

    static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
