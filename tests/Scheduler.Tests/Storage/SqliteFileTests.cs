using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Migrations;
using Xunit;
using Xunit.Abstractions;
using static Scheduler.Conformance.Stores.States;
using Task = System.Threading.Tasks.Task;

namespace Scheduler.Tests.Storage;

public sealed class SqliteFileTests(ITestOutputHelper output) : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly CancellationToken none = CancellationToken.None;

    string Path => folder.File("scheduler.db");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Two_that_open_a_new_file_at_once_both_find_it_migrated()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => SchedulerStore.OpenSqliteAsync(Path))));
        for (var i = 0; i < opened.Length; i++)
        {
            await opened[i].CommitAsync([new EntityWrite.OfShard(Shard(1, i + 1), 0, i + 1)], none);
            Assert.Equal(i + 1, (await opened[^1].ShardsAsync(1, 0, 10, none)).Count);
        }
        foreach (var store in opened) await store.DisposeAsync();
        Assert.Equal(SqlFile.Statements("sqlite").Count, Scalar("SELECT count(*) FROM schedule_migration"));
    }

    [Fact]
    public async Task A_changed_statement_is_refused()
    {
        await (await SchedulerStore.OpenSqliteAsync(Path)).DisposeAsync();
        Execute("UPDATE schedule_migration SET checksum = 'other' WHERE number = 1 AND statement = 2");
        var refused = await Assert.ThrowsAsync<MigrationException>(() => SchedulerStore.OpenSqliteAsync(Path));
        Assert.StartsWith("expected statement 2 of \"001_schedule.sql\" as it was applied (other)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await (await SchedulerStore.OpenSqliteAsync(Path)).DisposeAsync();
        Execute("INSERT INTO schedule_migration VALUES (99, 1, '099_future.sql', 'x', 0)");
        var refused = await Assert.ThrowsAsync<MigrationException>(() => SchedulerStore.OpenSqliteAsync(Path));
        Assert.Contains("\"099_future.sql\" was applied to it, which this program does not have", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind()
    {
        await using var source = new SqliteDataSource(Path, TimeSpan.FromSeconds(5));
        SqlStatement[] bad = [.. SqlFile.Statements("sqlite"), new(2, 1, "002_bad.sql", "CREATE TABLE schedule_task (id INTEGER)")];
        await Assert.ThrowsAsync<SqliteException>(() => new Migrator(source, Dialect.Sqlite, new()).RunAsync(bad, none));
        Assert.Equal(0, Scalar("SELECT count(*) FROM sqlite_master"));
        await (await SchedulerStore.OpenSqliteAsync(Path)).DisposeAsync();
    }

    [Fact]
    public async Task A_row_of_a_newer_program_is_not_misread()
    {
        await using (var store = await SchedulerStore.OpenSqliteAsync(Path)) await store.CommitAsync([new EntityWrite.OfTask(States.Task(1), true, 0, 1)], none);
        Execute("UPDATE schedule_task SET state_version = 2");
        await using var again = await SchedulerStore.OpenSqliteAsync(Path);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await again.ReadTaskAsync(1, none));
    }

    [Fact]
    public void Statements_end_with_a_semicolon_at_the_end_of_a_line_and_comments_do_not_count()
    {
        var statements = SqlFile.Split("007_x.sql", "-- a;\nCREATE TABLE a (\n  b INTEGER -- c;\n);\n\nCREATE INDEX d;\n").ToList();
        Assert.Equal([(7, 1, "CREATE TABLE a (\n  b INTEGER\n)"), (7, 2, "CREATE INDEX d")], statements.Select(statement => (statement.File, statement.Number, statement.Sql)));
        Assert.Equal(2, SqlFile.Split("007_x.sql", "CREATE PROCEDURE p() AS $$\nBEGIN\n  x;\nEND;\n$$;\nSELECT 1;\n").Count());
        Assert.Throws<InvalidDataException>(() => SqlFile.Split("007_x.sql", "CREATE TABLE a").ToList());
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    [InlineData("mysql")]
    public void Every_dialect_has_its_files(string dialect) => Assert.Equal([0, 1], SqlFile.Statements(dialect).Select(statement => statement.File).Distinct().Take(2));

    [Fact]
    public void A_second_scheduler_on_the_file_is_told_who_has_it()
    {
        using (SqliteFileLock.Acquire(Path))
        {
            var refused = Assert.Throws<StoreInUseException>(() => SqliteFileLock.Acquire(Path));
            Assert.StartsWith($"expected to be the only scheduler on \"{Path}\", process {Environment.ProcessId} has it", refused.Message, StringComparison.Ordinal);
        }
        SqliteFileLock.Acquire(Path).Dispose();
    }

    [Fact]
    public void A_lock_in_a_folder_that_is_not_there_is_another_error() => Assert.Throws<DirectoryNotFoundException>(() => SqliteFileLock.Acquire(folder.File("no/scheduler.db")));

    [Fact]
    public async Task What_was_committed_is_there_after_a_kill()
    {
        var store = await SchedulerStore.OpenSqliteAsync(Path);
        await store.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, 7)], none);
        // As a process that is killed leaves them: the file and its log, nothing closed.
        var copy = folder.File("copy.db");
        File.Copy(Path, copy);
        File.Copy(Path + "-wal", copy + "-wal");
        await using (var killed = await SchedulerStore.OpenSqliteAsync(copy)) Assert.Equal(7, (await killed.ReadShardAsync(new(1, 1), none))!.WriteId);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_file_that_another_process_has_locked_is_an_error_and_the_store_goes_on_afterwards()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(Path, new() { StatementTimeout = TimeSpan.FromSeconds(1) });
        using (var other = Open())
        {
            Execute(other, "BEGIN IMMEDIATE");
            var failure = await Assert.ThrowsAsync<SqliteException>(async () => await store.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, 7)], none));
            Assert.Equal(5, failure.SqliteErrorCode);
            Execute(other, "ROLLBACK");
        }
        Assert.Equal(WriteOutcome.Written, Assert.Single(await store.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, 8)], none)));
    }

    [Fact]
    public async Task Stored_json_of_version_1_is_read_as_it_was_written()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(Path);
        await store.CommitAsync([new EntityWrite.OfTask(FullTask(42), true, 0, 1), new EntityWrite.OfExecution(FullExecution(2), 0, 2)], none);
        // The text is the contract with databases that exist: a renamed member must not change it.
        Assert.Equal(
            """{"seed":{"id":"00000000000000000000000000000002","taskId":42,"tenant":"tenant 'x'","taskName":"订单 \"q\"","kind":"polling","sequence":1152921504606846976,"trigger":"manual","triggeredBy":"somebody \uD83D\uDE9A","scheduledAt":"2026-03-01T12:00:00.0004321+00:00","timeout":"01:00:00.0000001","retry":{"maxAttempts":7,"backoff":"00:00:01.2345678","multiplier":1.7,"maxBackoff":"1.06:00:00"},"priority":1,"parameters":[0.1,"x",{"k":"v"}],"retryOf":"00000000000000000000000000000029","retriedRound":576460752303423488,"skippedBecause":"a policy"},"createdAt":"2026-03-01T12:00:00.0000011+00:00"}""",
            Scalar<string>("SELECT seed FROM schedule_execution"), ignoreLineEndingDifferences: false);
        Assert.Equal("""{"stopping":2,"abandonAt":"2026-03-01T12:00:00.0000014+00:00","retryAt":"2026-03-01T12:00:00.0000015+00:00","probed":true,"past":[{"number":3,"node":"node 'x'","startedAt":"2026-03-01T12:00:00.0000016+00:00","endedAt":"2026-03-01T12:00:00.0000017+00:00","outcome":"lost","error":"lost \uD83D\uDE9A"},{"number":4,"endedAt":"2026-03-01T12:00:00+00:00","outcome":"interrupted"}],"runStartedAt":"2026-03-01T12:00:00.0000018+00:00","lost":3,"interrupted":true,"stack":"at Work() in \"x\"\n  at 订单()"}""", Scalar<string>("SELECT state FROM schedule_execution"));
    }

    [Fact]
    public async Task What_is_as_a_new_state_has_it_is_left_out_and_rows_that_say_it_are_read()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(Path);
        var seed = FullExecution(2).Seed with { Retry = RetryPolicy.Default, Priority = 5, OnNodeLost = NodeLossPolicy.Rerun };
        await store.CommitAsync([new EntityWrite.OfExecution(FullExecution(2) with { Seed = seed }, 0, 2)], none);
        var text = Scalar<string>("SELECT seed FROM schedule_execution");
        foreach (var name in new[] { "retry", "priority", "onNodeLost" }) Assert.DoesNotContain($"\"{name}\"", text);
        var brief = (await store.ReadExecutionAsync(seed.Id, none))!.State.Seed;
        Assert.Equal((RetryPolicy.Default, 5, NodeLossPolicy.Rerun), (brief.Retry, brief.Priority, brief.OnNodeLost));

        using (var other = Open())
            Execute(other, $$"""UPDATE schedule_execution SET seed = '{{text.Replace("'", "''").Replace("\"kind\"", "\"retry\":{\"maxAttempts\":9,\"backoff\":\"00:00:07\"},\"priority\":2,\"onNodeLost\":\"fail\",\"kind\"")}}'""");
        var said = (await store.ReadExecutionAsync(seed.Id, none))!.State.Seed;
        Assert.Equal((9, TimeSpan.FromSeconds(7), 2, NodeLossPolicy.Fail), (said.Retry.MaxAttempts, said.Retry.Backoff, said.Priority, said.OnNodeLost));
    }

    [Fact]
    public async Task How_long_commits_take()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(Path);
        var shards = Enumerable.Range(0, 5000).Select(i => Shard(1, $"order_{i % 64:00}", $"t_order_{i / 64:00}") with { Status = ShardStatus.Running, Round = 1, Execution = ExecutionId(1), Node = "node" }).ToList();
        await store.InsertShardsAsync(shards, none);
        List<(int Rows, TimeSpan Time)> times = [];
        var version = new Dictionary<long, long>();
        var random = new Random(1);
        foreach (var rows in new[] { 5000, 5000, 512, 512, 512, 512, 512, 1, 1, 1 })
        {
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shards));
            EntityWrite[] writes =
            [
                .. shards.Take(rows).Select(shard =>
                {
                    var expected = version.GetValueOrDefault(shard.Key.ShardId, 1);
                    version[shard.Key.ShardId] = expected + 1;
                    return new EntityWrite.OfShard(shard with { Cursor = Cursor.At(expected * 500), Rows = expected * 500, Pages = expected, UpdatedAt = Noon.AddSeconds(expected) }, expected, expected);
                }),
            ];
            var watch = Stopwatch.StartNew();
            var outcomes = await store.CommitAsync(writes, none);
            times.Add((rows, watch.Elapsed));
            Assert.All(outcomes, outcome => Assert.Equal(WriteOutcome.Written, outcome));
        }
        foreach (var (rows, time) in times) output.WriteLine($"{rows} checkpoints in one commit: {time.TotalMilliseconds:0.00} ms");
    }

    SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    void Execute(string sql)
    {
        using var connection = Open();
        Execute(connection, sql);
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    long Scalar(string sql) => Scalar<long>(sql);

    T Scalar<T>(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }
}
