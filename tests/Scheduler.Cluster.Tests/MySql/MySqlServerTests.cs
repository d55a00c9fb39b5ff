using System.Data.Common;
using System.Globalization;
using MySqlConnector;
using Scheduler.Conformance.Servers;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Migrations;
using Xunit.Abstractions;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Cluster.Tests.MySql;

[Collection("MariaDB"), NeedsMariaDb]
public sealed class MySqlServerTests(MariaDbServer server, ITestOutputHelper output)
{
    /// <summary>Seconds for a statement whose answer does not come.</summary>
    const int Patience = 5;

    [StoreFact]
    public async Task Several_that_open_a_new_database_at_once_all_find_it_migrated()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        foreach (var store in await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SchedulerStore.OpenAsync(source, Dialect.MySql))))
        {
            Assert.Null(await store.ReadTaskAsync(1, default));
            await store.DisposeAsync();
        }
    }

    [StoreFact]
    public async Task A_changed_statement_is_refused()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await (await SchedulerStore.OpenAsync(source, Dialect.MySql)).DisposeAsync();
        await ExecuteAsync(source, "UPDATE schedule_migration SET checksum = 'other' WHERE number = 1 AND statement = 2");
        await Assert.ThrowsAsync<MigrationException>(() => SchedulerStore.OpenAsync(source, Dialect.MySql));
    }

    [StoreFact]
    public async Task A_start_that_was_cut_off_after_a_statement_and_before_its_record_goes_on()
    {
        var statements = SqlFile.Statements("mysql");
        // Of each kind of statement the last.
        foreach (var (cut, _) in statements.Index().Skip(1).GroupBy(each => string.Concat(each.Item.Sql.Split(' ').Take(6).Where(word => word.All(char.IsAsciiLetterUpper)))).Select(kind => kind.Last()))
        {
            await using var source = new MySqlDataSource(await server.DatabaseAsync());
            foreach (var (index, statement) in statements.Index().Take(cut + 1))
            {
                await ExecuteAsync(source, statement.Sql);
                if (index < cut) await ExecuteAsync(source, $"INSERT INTO schedule_migration VALUES ({statement.File}, {statement.Number}, '{statement.Name}', '{statement.Checksum}', 0)");
            }
            await (await SchedulerStore.OpenAsync(source, Dialect.MySql)).DisposeAsync();
            Assert.Equal((long)statements.Count, await ScalarAsync(source, "SELECT count(*) FROM schedule_migration"));
        }
    }

    [StoreFact]
    public async Task A_connection_that_breaks_is_an_error_and_the_store_goes_on_afterwards()
    {
        var connectionString = await server.DatabaseAsync();
        await using var source = new MySqlDataSource(connectionString);
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        await store.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, 1)], default);
        await using var breaks = new LostAnswers(server.Port);
        await using var far = new MySqlDataSource(Through(breaks, connectionString));
        await using var distant = await SchedulerStore.OpenAsync(far, Dialect.MySql);
        breaks.LoseTheCommit();
        await Assert.ThrowsAnyAsync<DbException>(async () => await distant.CommitAsync([new EntityWrite.OfShard(Shard(1, 1) with { Rows = 1 }, 1, 2)], default));
        Assert.Equal((1, 1), await VersionAsync(store));
        Assert.Equal(WriteOutcome.Written, Assert.Single(await distant.CommitAsync([new EntityWrite.OfShard(Shard(1, 1) with { Rows = 1 }, 1, 2)], default)));
        Assert.Equal((2, 2), await VersionAsync(store));
    }

    [StoreFact]
    public async Task A_commit_whose_answer_is_lost_is_known_by_its_write_id()
    {
        var connectionString = await server.DatabaseAsync();
        await using var source = new MySqlDataSource(connectionString);
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        await using var breaks = new LostAnswers(server.Port);
        await using var far = new MySqlDataSource(Through(breaks, connectionString) + string.Create(CultureInfo.InvariantCulture, $";Default Command Timeout={Patience}"));
        await using var distant = await SchedulerStore.OpenAsync(far, Dialect.MySql);
        breaks.LoseItsAnswer();
        await Assert.ThrowsAnyAsync<DbException>(async () => await distant.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, 7)], default));
        Assert.Equal((1, 7), await VersionAsync(store));
        Assert.Equal(WriteOutcome.Conflict, Assert.Single(await store.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, 6)], default)));

        // It ends by the driver's time for a statement, though nobody answers and no connection ends.
        breaks.KeepItsAnswer();
        var began = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAnyAsync<Exception>(async () => await distant.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 1, 8)], default));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(0.9 * Patience), "expected the answer to be waited for");
        Assert.Equal((2, 8), await VersionAsync(store));
    }

    [StoreFact]
    public async Task Writers_that_insert_and_change_the_same_rows_in_any_order_all_get_an_answer()
    {
        const int Writers = 6, Rows = 60, Rounds = 8;
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        var writeIds = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => System.Threading.Tasks.Task.Run(async () =>
            {
                var rows = Enumerable.Range(1, Rows).ToArray();
                new Random(round * Writers + writer).Shuffle(rows);
                if (writer == 0) await UntilNoVictimAsync(async () =>
                {
                    await store.InsertShardsAsync([.. rows.Select(id => Shard(round + 100, id))], default);
                    return true;
                });
                return await UntilNoVictimAsync(async () => await store.CommitAsync(
                [
                    .. rows.Select(id => new EntityWrite.OfShard(Shard(1, id), round, Interlocked.Increment(ref writeIds))),
                    .. rows.Select(id => new EntityWrite.OfExecution(Execution(round * Rows + id, 1), 0, Interlocked.Increment(ref writeIds))),
                ], default));
            })));
            Assert.Equal(2 * Rows, outcomes.SelectMany(some => some).Count(outcome => outcome == WriteOutcome.Written));
            Assert.Equal(2 * Rows * (Writers - 1), outcomes.SelectMany(some => some).Count(outcome => outcome == WriteOutcome.Conflict));
        }
    }

    [StoreFact]
    public async Task A_commit_may_be_larger_than_a_packet()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        Assert.Equal(16L << 20, await ScalarAsync(source, "SELECT @@max_allowed_packet"));
        var text = string.Concat(Enumerable.Repeat("\"quoted\\\" and ä \U0001F69A ", 40_000)); // 0.8 million characters
        for (var version = 0; version < 2; version++)
            Assert.All(await store.CommitAsync([.. Enumerable.Range(1, 24).Select(id => new EntityWrite.OfShard(Shard(1, id) with { Error = text + version }, version, version * 100 + id))], default),
                outcome => Assert.Equal(WriteOutcome.Written, outcome));
        Assert.Equal(text + 1, (await store.ReadShardAsync(new(1, 24), default))!.State.Error);
    }

    [StoreFact]
    public async Task Data_that_a_rule_refuses_is_told_from_a_name_that_is_taken()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        var outcomes = await store.CommitAsync(
        [
            new EntityWrite.OfTask(Task(1, "a"), true, 0, 1),
            new EntityWrite.OfTask(Task(2, "a"), true, 0, 2),
            new EntityWrite.OfTask(Task(3, new string('x', 200)), true, 0, 3),
            new EntityWrite.OfExecution(Execution(1, 1) with { Status = ExecutionStatus.None }, 0, 4),
            new EntityWrite.OfTask(Task(4, "b"), true, 0, 5),
        ], default);
        Assert.Equal([WriteResult.Written, WriteResult.Rejected, WriteResult.Rejected, WriteResult.Rejected, WriteResult.Written], outcomes.Select(outcome => outcome.Result));
        Assert.Equal("name: expected one that no task has, \"a\" is taken", outcomes[1].Error);
        Assert.StartsWith("task 3: expected data that the database can store, it says: Data too long", outcomes[2].Error, StringComparison.Ordinal);
        Assert.Contains("CONSTRAINT", outcomes[3].Error, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task Its_clock_has_microseconds()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        var times = new List<DateTimeOffset>();
        for (var i = 0; i < 20; i++) times.Add(await store.BeatAsync(new("n", "here", "1", Noon, 1, 0, []), default));
        Assert.All(times, time => Assert.InRange((time - DateTimeOffset.UtcNow).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        Assert.Contains(times, time => time.UtcTicks % TimeSpan.TicksPerMillisecond != 0);
        Assert.Equal(times.Order(), times);
    }

    [StoreFact]
    public async Task How_long_commits_take()
    {
        var durable = new MariaDbServer { IsDurable = true };
        await durable.InitializeAsync();
        try
        {
            await using var source = new MySqlDataSource(await durable.DatabaseAsync());
            await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
            await store.InsertShardsAsync([.. Enumerable.Range(1, 5000).Select(id => Shard(1, id))], default);
            for (var version = 1; version <= 9; version++)
            {
                var rows = version < 3 ? 5000 : version < 6 ? 512 : 1;
                EntityWrite[] writes = [.. Enumerable.Range(1, rows).Select(id => new EntityWrite.OfShard(Shard(1, id) with { Rows = version, Cursor = Cursor.At(version) }, version, version * 10_000L + id))];
                var began = TimeProvider.System.GetTimestamp();
                var outcomes = await store.CommitAsync(writes, default);
                output.WriteLine($"{rows} checkpoints in one commit: {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0.00} ms");
                Assert.All(outcomes, outcome => Assert.Equal(WriteOutcome.Written, outcome));
            }
        }
        finally
        {
            await durable.DisposeAsync();
        }
    }

    /// <summary>A store tries a few times by itself; who is a deadlock's victim each time is told so, has written nothing, and asks again.</summary>
    static async Task<T> UntilNoVictimAsync<T>(Func<Task<T>> write)
    {
        while (true)
        {
            try
            {
                return await write();
            }
            catch (MySqlException victim) when (victim.ErrorCode == MySqlErrorCode.LockDeadlock)
            {
                // Chance decides who it is.
            }
        }
    }

    static string Through(LostAnswers proxy, string connectionString) => new MySqlConnectionStringBuilder(connectionString) { Port = (uint)proxy.Port, SslMode = MySqlSslMode.None }.ConnectionString;

    static async Task<(long Version, long WriteId)> VersionAsync(SchedulerStore store)
    {
        var shard = await store.ReadShardAsync(new(1, 1), default);
        return (shard!.Version, shard.WriteId);
    }

    static async Task ExecuteAsync(MySqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    static async Task<long> ScalarAsync(MySqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
