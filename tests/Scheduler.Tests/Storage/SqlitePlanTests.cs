using Microsoft.Data.Sqlite;
using Scheduler.Storage;
using Xunit;

namespace Scheduler.Tests.Storage;

public sealed class SqlitePlanTests : IAsyncLifetime
{
    readonly TemporaryFolder folder = new();
    SchedulerStore store = null!;

    public async Task InitializeAsync() => store = await SchedulerStore.OpenSqliteAsync(folder.File("scheduler.db"));

    public async Task DisposeAsync()
    {
        await store.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void No_statement_scans_a_table_and_none_but_a_few_sort()
    {
        using var connection = new SqliteConnection($"Data Source={folder.File("scheduler.db")};Pooling=False");
        connection.Open();
        List<string> bad = [];
        foreach (var (name, sql) in store.Statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "EXPLAIN QUERY PLAN " + sql;
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var step = reader.GetString(3);
                // schedule_node has a row for each process of late; derived tables are as short as their limit. Older versions of SQLite say SUBQUERY, newer ones its name.
                if (step.StartsWith("SCAN", StringComparison.Ordinal) && !step.Contains("USING INDEX", StringComparison.Ordinal) && !step.Contains("USING COVERING INDEX", StringComparison.Ordinal)
                    && !step.Contains("schedule_node", StringComparison.Ordinal) && !step.Contains("SUBQUERY", StringComparison.Ordinal) && !step.Contains("CONSTANT ROW", StringComparison.Ordinal)
                    && step is not ("SCAN sleepers" or "SCAN oldest" or "SCAN everything" or "SCAN only_one")
                    // Sums over hours are as few as there are statuses and points; so are a round's lines.
                    // A group for each node, of which there are few.
                    || step.Contains("TEMP B-TREE", StringComparison.Ordinal) && name is not ("CountEnded" or "ReadStats" or "ReadStatsOfTask" or "CountByNode" or "CountRound" or "CountRetry"))
                    bad.Add($"{name}: {step}");
            }
        }
        Assert.Empty(bad);
    }

    [Theory]
    [InlineData("DueTasks", "schedule_task USING INDEX schedule_task_wake (wake_at<?)")]
    [InlineData("DueExecutions", "schedule_execution USING INDEX schedule_execution_wake (wake_at<?)")]
    [InlineData("DueTasksOfBucket", "schedule_task USING INDEX schedule_task_wake (wake_at<?)")]
    [InlineData("DueExecutionsOfBucket", "schedule_execution USING INDEX schedule_execution_wake (wake_at<?)")]
    [InlineData("CountSleepers", "schedule_task USING COVERING INDEX schedule_task_wake (wake_at>?)")]
    [InlineData("TenantsInUse", "schedule_tenant USING INDEX schedule_tenant_places (name>?)")]
    [InlineData("OpenExecutions", "schedule_execution USING INDEX schedule_execution_ended (ended_at=? AND id>?)")]
    [InlineData("Shards", "schedule_task_item USING PRIMARY KEY (task_id=? AND id>?)")]
    [InlineData("UnfinishedShards", "schedule_task_item USING PRIMARY KEY (task_id=? AND id>?)")]
    [InlineData("CountRound", "schedule_task_item USING PRIMARY KEY (task_id=?)")]
    [InlineData("FindTask", "schedule_task USING INDEX schedule_task_living_name (tenant=? AND task_name=?)")]
    [InlineData("ListExecutions", "schedule_execution USING INDEX schedule_execution_list (tenant=? AND scheduled_at>? AND scheduled_at<?)")]
    [InlineData("ListExecutionsOfTask", "schedule_execution USING INDEX schedule_execution_task (task_id=? AND scheduled_at>? AND scheduled_at<?)")]
    [InlineData("PurgeExecutions", "USING INDEX schedule_execution_ended (ended_at<?)")]
    [InlineData("CountEnded", "schedule_execution USING INDEX schedule_execution_ended (ended_at>? AND ended_at<?)")]
    [InlineData("ReadStats", "schedule_execution USING INDEX schedule_execution_ended (ended_at>? AND ended_at<?)")]
    [InlineData("ReadStats", "schedule_rollup USING PRIMARY KEY (tenant=? AND hour>? AND hour<?)")]
    [InlineData("ReadStatsOfTask", "schedule_rollup USING INDEX schedule_rollup_task (task_name=? AND hour>? AND hour<?)")]
    [InlineData("PurgeStats", "schedule_rollup USING COVERING INDEX schedule_rollup_hour (hour<?)")]
    [InlineData("Checkpoint schedule_task_item", "schedule_task_item USING PRIMARY KEY (task_id=? AND id=?)")]
    [InlineData("Update schedule_task_item", "schedule_task_item USING PRIMARY KEY (task_id=? AND id=?)")]
    public void Hot_statements_use_their_index(string name, string expected)
    {
        using var connection = new SqliteConnection($"Data Source={folder.File("scheduler.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + store.Statements.First(statement => statement.Name == name).Sql;
        using var reader = command.ExecuteReader();
        List<string> steps = [];
        while (reader.Read()) steps.Add(reader.GetString(3).Replace("SEARCH TABLE ", "", StringComparison.Ordinal).Replace("SEARCH ", "", StringComparison.Ordinal));
        Assert.Contains(expected, string.Join("\n", steps), StringComparison.Ordinal);
    }
}
