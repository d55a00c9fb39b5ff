using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Logs;
using Scheduler.Storage.Migrations;
using Scheduler.Storage.Rows;
using Xunit;

namespace Scheduler.Tests.Storage;

/// <summary>The statements for MySQL and MariaDB, run by the server's own client: this machine's packages need no driver for it.</summary>
[NeedsMariaDb]
public sealed partial class MySqlDialectTests(MariaDbServer server) : IClassFixture<MariaDbServer>
{
    static readonly MySqlDialect dialect = (MySqlDialect)Dialect.MySql;

    [StoreFact]
    public async Task The_server_prepares_every_statement()
    {
        await MigrateAsync("prepares");
        foreach (var (name, sql) in new Queries(dialect).All.Concat(Writes()))
        {
            try
            {
                await server.RunAsync("prepares", $"PREPARE s FROM '{Quoted(Parameter().Replace(sql, "?"))}';");
            }
            catch (InvalidOperationException failure)
            {
                Assert.Fail($"{name}: {failure.Message}\n{sql}");
            }
        }
    }

    [StoreFact]
    public async Task Rows_are_written_where_their_version_is_the_expected_one()
    {
        await MigrateAsync("writes");
        Assert.Equal([11, 12], await CommitAsync("writes", new EntityWrite.OfShard(States.Shard(1, 1), 0, 11), new EntityWrite.OfShard(States.FullShard(2), 0, 12)));
        Assert.Empty(await CommitAsync("writes", new EntityWrite.OfShard(States.Shard(1, 1), 0, 13)));
        Assert.Equal([21], (await CommitAsync("writes", new EntityWrite.OfShard(States.Shard(1, 1) with { Rows = 5 }, 1, 21), new EntityWrite.OfShard(States.FullShard(2), 7, 22))).Where(id => id > 20));
        Assert.Equal("2\t21\t5\n", await server.RunAsync("writes", "SELECT version, write_id, process_count FROM schedule_task_item WHERE task_id = 1;"));
        Assert.Equal("Dätenbank \"1\"\tkey '7' 🚚\n", await server.RunAsync("writes", "SELECT db_name, cursor_id FROM schedule_task_item WHERE task_id = 2;"));

        Assert.Equal([31], await CommitAsync("writes", new EntityWrite.OfExecution(States.FullExecution(1), 0, 31)));
        Assert.Equal([32], (await CommitAsync("writes", new EntityWrite.OfExecution(States.Ended(States.FullExecution(1), States.Noon), 1, 32))).Where(id => id > 31));
    }

    [StoreFact]
    public async Task A_name_belongs_to_one_living_task()
    {
        await MigrateAsync("names");
        Assert.Equal([1], await CommitAsync("names", new EntityWrite.OfTask(States.Task(1, "a"), true, 0, 1)));
        Assert.Empty(await CommitAsync("names", new EntityWrite.OfTask(States.Task(2, "a"), true, 0, 2)));
        Assert.Equal([3, 4], await CommitAsync("names", new EntityWrite.OfTask(States.Task(3, "A"), true, 0, 3), new EntityWrite.OfTask(States.Task(4, "ä"), true, 0, 4)));
        Assert.Contains(5, await CommitAsync("names", new EntityWrite.OfTask(States.Task(1, "a") with { Status = ScheduledTaskStatus.Deleted }, false, 1, 5)));
        Assert.Equal([6], await CommitAsync("names", new EntityWrite.OfTask(States.Task(2, "a"), true, 0, 6)));
    }

    [StoreFact]
    public async Task Rows_that_break_a_rule_are_refused()
    {
        await MigrateAsync("rules");
        foreach (var write in new EntityWrite[]
        {
            new EntityWrite.OfExecution(States.Execution(1, 1) with { Status = ExecutionStatus.None }, 0, 1),
            new EntityWrite.OfExecution(States.Execution(1, 1) with { Status = ExecutionStatus.Failed }, 0, 1),
            new EntityWrite.OfTask(States.Task(1, new string('x', 200)), true, 0, 1),
        })
            await Assert.ThrowsAsync<InvalidOperationException>(() => CommitAsync("rules", write));
    }

    [StoreFact]
    public async Task History_is_purged_but_for_what_its_task_waits_for()
    {
        await MigrateAsync("purges");
        await CommitAsync("purges", new EntityWrite.OfTask(States.Task(1) with { Open = [new(States.Execution(2, 1).Seed, true, States.Noon.AddSeconds(20), States.Noon, 0)] }, true, 0, 1));
        for (var id = 1; id <= 3; id++) await CommitAsync("purges", new EntityWrite.OfExecution(States.Ended(States.Execution(id, id == 3 ? 9 : 1) with { CreatedAt = States.Noon.AddSeconds(id * 10) }, States.Noon.AddMinutes(1)), 0, id));
        var before = Instants.Milliseconds(States.Noon.AddDays(1)).ToString(CultureInfo.InvariantCulture);
        await server.RunAsync("purges", new Queries(dialect).PurgeExecutions.Replace("@before", before, StringComparison.Ordinal).Replace("@limit", "10", StringComparison.Ordinal) + ";");
        Assert.Equal(States.ExecutionId(2).Value + "\n", await server.RunAsync("purges", "SELECT id FROM schedule_execution;"));
    }

    [StoreFact]
    public async Task Lines_are_kept_by_the_month_and_each_once()
    {
        var month = new LogMonth(202603);
        foreach (var sql in Enumerable.Repeat(SqlFile.OfMonth("mysql", "schedule_log", month.ToString()), 2).SelectMany(each => each)) await server.RunAsync("monthly", sql + ";");
        Assert.Equal("schedule_log_202603\n", await server.RunAsync("monthly", dialect.LogTables + ";"));
        LogEntry[] entries = [.. Enumerable.Range(1, 3).Select(number => new LogEntry(new(States.ExecutionId(1), null, 1, 7, "db \"1\" 订单", null), new(number, long.MaxValue), "node", LogLineLevel.Warning, null, $"it's \\ {number} 🚚", null, """{"a":"\n"}"""))];
        foreach (var _ in new[] { 1, 2 })
        {
            var command = new NpgsqlBatchCommand();
            dialect.AddRows(command, LogRows.Fields, entries.Length, (row, column) => LogRows.Fields[column].Of(entries[row]));
            await server.RunAsync("monthly", $"SET @rows = '{Quoted((string)command.Parameters[0].Value!)}'; {dialect.InsertMissing(LogRows.TableOf(month), LogRows.Fields)};");
        }
        var select = LogRows.Select(month, new() { Level = LogLineLevel.Warning, Attempt = 1, Database = "x", Table = "x", Search = "x" }, true, dialect.Contains);
        await server.RunAsync("monthly", $"PREPARE s FROM '{Quoted(Parameter().Replace(select, "?"))}';");
        Assert.Equal("1\tdb \"1\" 订单\tit's \\\\ 1 🚚\tNULL\n", (await server.RunAsync("monthly", "SELECT sequence, db_name, message, exception FROM schedule_log_202603 ORDER BY sequence LIMIT 1;")));
        Assert.Equal("3\n", await server.RunAsync("monthly", "SELECT count(*) FROM schedule_log_202603;"));
    }

    [StoreFact]
    public async Task Executions_are_counted_by_the_hour_and_added_up()
    {
        await MigrateAsync("counts");
        for (var id = 1; id <= 4; id++)
            await CommitAsync("counts", new EntityWrite.OfExecution(States.Ended(States.Execution(id, 1), States.Noon.AddMinutes(id)) with { StartedAt = States.Noon, Rows = 5 }, 0, id));
        var queries = new Queries(dialect);
        string At(int minutes) => Instants.Milliseconds(States.Noon.AddMinutes(minutes)).ToString(CultureInfo.InvariantCulture);
        async Task<string> ReadAsync() => await server.RunAsync("counts", $"SET @tenant = 'default'; SET @from = {At(-60)}; SET @to = {At(120)}; {queries.ReadStats};");
        var before = await ReadAsync();
        Assert.Contains("\t4\t4\t4\t600000\t240000\t", before, StringComparison.Ordinal);
        foreach (var (from, to) in new[] { ("0", At(2)), (At(2), At(60)) })
            await server.RunAsync("counts", $"SET @from = {from}; SET @to = {to}; BEGIN; {RollupSql.MoveMark}; {queries.CountEnded}; COMMIT;");
        Assert.Equal(before, await ReadAsync());
        Assert.Equal("4\n", await server.RunAsync("counts", "SELECT sum(execution_count) FROM schedule_rollup;"));
        await server.RunAsync("counts", $"{RollupSql.Purge.Replace("@before", At(60), StringComparison.Ordinal).Replace("@limit", "10", StringComparison.Ordinal)};");
        Assert.Equal("0\n", await server.RunAsync("counts", "SELECT count(*) FROM schedule_rollup;"));
    }

    static IEnumerable<(string Name, string Sql)> Writes() =>
        from table in Table.All
        from sql in Enum.GetValues<WriteKind>().SelectMany(kind => dialect.WriteRows(table, kind)).Select(statement => statement.Sql).Append(dialect.InsertMissing(table))
        select (table.Name, sql);

    async Task MigrateAsync(string database)
    {
        foreach (var statement in SqlFile.Statements("mysql")) await server.RunAsync(database, statement.Sql + ";");
    }

    /// <summary>Runs the statements as the store sends them, in one transaction; <c>@rows</c> is a variable of the session here.</summary>
    async Task<List<long>> CommitAsync(string database, params EntityWrite[] writes)
    {
        var (table, kind) = (Table.Of(writes[0]), Table.KindOf(writes[0]));
        var statements = dialect.WriteRows(table, kind).Select(statement =>
        {
            var command = new NpgsqlBatchCommand(); // whichever driver's: it carries the parameter
            dialect.AddRows(command, statement.Columns, writes.Length, (row, column) => statement.Columns[column].Of(writes[row]));
            return $"SET @rows = '{Quoted((string)command.Parameters[0].Value!)}'; {statement.Sql}; ";
        });
        var output = await server.RunAsync(database, $"START TRANSACTION; {string.Concat(statements)}COMMIT;");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).Order()];
    }

    static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();
}
