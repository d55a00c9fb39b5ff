using Scheduler.Running;
using System.Text.RegularExpressions;
using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Storage;
using Scheduler.Tests.Server;
using Xunit;

namespace Scheduler.Tests.Storage;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed partial class PostgreSqlPlanTests(PostgresServer server)
{
    [StoreFact]
    public async Task Every_statement_has_an_index_to_go_by()
    {
        var connectionString = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        List<string> bad = [];
        foreach (var (name, sql) in store.Statements)
        {
            var plan = await ExplainAsync(connectionString, sql);
            bad.AddRange(plan.Split('\n').Where(line => line.Contains("Seq Scan on schedule_", StringComparison.Ordinal) && !line.Contains("schedule_node", StringComparison.Ordinal)).Select(line => $"{name}: {line.Trim()}"));
        }
        Assert.Empty(bad);
    }

    [StoreFact]
    public async Task Hot_reads_need_no_sort()
    {
        var connectionString = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        foreach (var (name, index) in new[]
        {
            ("DueTasks", "schedule_task_wake"), ("DueExecutions", "schedule_execution_wake"), ("OpenExecutions", "schedule_execution_open"), ("Shards", "schedule_task_item_pkey"),
            ("UnfinishedShards", "schedule_task_item_pkey"), ("ListShards", "schedule_task_item_name"), ("ListExecutions", "schedule_execution_list"), ("ListExecutionsOfTask", "schedule_execution_task"),
        })
        {
            var plan = await ExplainAsync(connectionString, store.Statements.First(statement => statement.Name == name).Sql);
            Assert.Contains(index, plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        }
    }

    /// <summary>As the server plans them itself, over thousands of rows.</summary>
    [StoreTheory]
    [InlineData("DueTasksOfBucket", "Index Scan using schedule_task_wake")]
    [InlineData("DueExecutionsOfBucket", "Index Scan using schedule_execution_wake")]
    [InlineData("CountSleepers", "schedule_task_wake")]
    public async Task Buckets_read_who_is_due_by_an_index(string name, string expected)
    {
        var connectionString = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        await Conformance.Stores.Sleepers.FillAsync(store);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "ANALYZE schedule_task, schedule_execution";
        await command.ExecuteNonQueryAsync();
        command.CommandText = "EXPLAIN " + Conformance.Stores.Sleepers.Read(store.Statements.First(statement => statement.Name == name).Sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        var plan = string.Join('\n', lines);
        Assert.Contains(expected, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task Checkpoints_leave_the_indexes_alone()
    {
        var connectionString = await server.SchemaAsync();
        // Statistics arrive when a connection ends, or after ten seconds of silence.
        await using (var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString))
        {
            await store.InsertShardsAsync([.. Enumerable.Range(1, 20).Select(id => Conformance.Stores.States.Shard(1, id))], default);
            for (var version = 1; version <= 5; version++)
                await store.CommitAsync([.. Enumerable.Range(1, 20).Select(id => new EntityWrite.OfShard(Conformance.Stores.States.Shard(1, id) with { Rows = version, UpdatedAt = Conformance.Stores.States.Noon.AddSeconds(version) }, version, version * 100 + id))], default);
        }

        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname = 'schedule_task_item'";
        (long Updates, long Hot) seen = default;
        await Eventually.GetAsync("the statistics of 100 updates", async () =>
        {
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            seen = (reader.GetInt64(0), reader.GetInt64(1));
            return seen.Updates >= 100 ? "" : null;
        }, () => $"{seen.Updates}");
        Assert.Equal(100, seen.Updates);
        Assert.True(seen.Hot >= 60, $"expected most of 100 updates to be heap-only, {seen.Hot} are");
    }

    static async Task<string> ExplainAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN " + Parameter().Replace(sql, match => match.Groups[1].Success ? $"'{{1}}'{match.Groups[1].Value}" : "'1'");
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"@\w+(::\w+\[\])?")]
    private static partial Regex Parameter();
}
