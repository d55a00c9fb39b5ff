using System.Text.RegularExpressions;
using MySqlConnector;
using Scheduler.Conformance.Servers;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Cluster.Tests.MySql;

[Collection("MariaDB"), NeedsMariaDb]
public sealed partial class MySqlPlanTests(MariaDbServer server)
{
    sealed record Step(string Statement, string Table, string Type, string Key, string Extra);

    [StoreFact]
    public async Task Every_statement_has_an_index_to_go_by_and_hot_reads_need_no_sort()
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        await FillAsync(source, store);
        List<Step> steps = [];
        foreach (var (name, sql) in store.Statements) steps.AddRange(await ExplainAsync(source, name, sql));

        // Nodes and tenants are few; a function's rows are in memory; counts are of a range, and here all rows lie in it.
        Assert.Equal([], steps.Where(step => step.Type is "ALL" or "index" && (step.Table.StartsWith("schedule_", StringComparison.Ordinal) || step.Table is "t" or "e") && step.Table is not ("schedule_node" or "schedule_tenant") && step.Statement is not ("CountEnded" or "ReadStats" or "ReadStatsOfTask")).Select(step => step.ToString()));
        foreach (var (name, index) in new[]
        {
            ("DueTasks", "schedule_task_wake"), ("DueExecutions", "schedule_execution_wake"), ("OpenExecutions", "schedule_execution_ended"), ("Shards", "PRIMARY"),
            ("ListExecutions", "schedule_execution_list"), ("ListExecutionsOfTask", "schedule_execution_task"), ("Update schedule_task_item", "PRIMARY"), ("Update schedule_execution", "PRIMARY"),
        })
        {
            var own = steps.Where(step => step.Statement == name && (step.Table.StartsWith("schedule_", StringComparison.Ordinal) || step.Table == "t"));
            Assert.True(own.Any() && own.All(step => step.Key == index && !step.Extra.Contains("filesort", StringComparison.Ordinal)), string.Join('\n', steps.Where(step => step.Statement == name)));
        }
    }

    [StoreTheory]
    [InlineData("DueTasksOfBucket", "schedule_task_wake")]
    [InlineData("DueExecutionsOfBucket", "schedule_execution_wake")]
    public async Task Buckets_read_who_is_due_by_an_index(string name, string index)
    {
        await using var source = new MySqlDataSource(await server.DatabaseAsync());
        await using var store = await SchedulerStore.OpenAsync(source, Dialect.MySql);
        await Conformance.Stores.Sleepers.FillAsync(store);
        await using (var analyze = source.CreateCommand("ANALYZE TABLE schedule_task, schedule_execution")) await analyze.ExecuteNonQueryAsync();
        var steps = await ExplainAsync(source, name, Conformance.Stores.Sleepers.Read(store.Statements.First(statement => statement.Name == name).Sql));
        var own = Assert.Single(steps, step => step.Table is "schedule_task" or "schedule_execution");
        Assert.Equal(("range", index), (own.Type, own.Key));
        Assert.DoesNotContain("filesort", own.Extra, StringComparison.Ordinal);
    }

    static async Task FillAsync(MySqlDataSource source, SchedulerStore store)
    {
        await store.CommitAsync([.. Enumerable.Range(1, 400).Select(id => new EntityWrite.OfTask(Task(id, $"task {id}"), true, 0, id))], default);
        await store.InsertShardsAsync([.. Enumerable.Range(0, 4000).Select(id => Shard(id / 100 + 1, id % 100 + 1))], default);
        await store.CommitAsync([.. Enumerable.Range(1, 4000).Select(id => new EntityWrite.OfExecution(
            id % 50 == 0 ? Execution(id, id / 10 + 1) : Ended(Execution(id, id / 10 + 1), Noon.AddSeconds(id)), 0, 10_000 + id))], default);
        foreach (var table in new[] { "task", "task_item", "execution", "dead_letter" })
        {
            await using var command = source.CreateCommand($"ANALYZE TABLE schedule_{table}");
            await command.ExecuteNonQueryAsync();
        }
    }

    static async Task<List<Step>> ExplainAsync(MySqlDataSource source, string name, string sql)
    {
        List<Step> steps = [];
        await using var command = source.CreateCommand("EXPLAIN " + Parameter().Replace(sql, match => match.Value switch
        {
            "@rows" => """'[{"id":7,"task_id":7,"version":2}]'""",
            "@limit" or "@most" => "10",
            "@id" when sql.Contains("schedule_execution", StringComparison.Ordinal) => $"'{ExecutionId(7).Value}'",
            "@id" or "@task" or "@round" => "7",
            "@tenant" => "'default'",
            "@from" => $"{Noon.ToUnixTimeMilliseconds()}",
            "@to" => $"{Noon.AddDays(1).ToUnixTimeMilliseconds()}",
            "@before" or "@after" when !sql.Contains("schedule_task_item", StringComparison.Ordinal) && !sql.Contains("task_name >", StringComparison.Ordinal) => $"{Noon.AddSeconds(100).ToUnixTimeMilliseconds()}",
            _ => "'7'",
        }));
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            if (Text("select_type") != "INSERT") // what is inserted into is not read
                steps.Add(new(name, Text("table"), Text("type"), Text("key"), Text("Extra")));
        return steps;

        string Text(string column) => reader[column] as string ?? "";
    }

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();
}
