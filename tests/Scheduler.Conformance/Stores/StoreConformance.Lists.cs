using Scheduler.Conformance.Servers;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    [StoreFact]
    public async Task Due_tasks_come_by_their_time()
    {
        await WriteAsync(Task(1, "a") with { NextAt = Noon.AddSeconds(3) });
        await WriteAsync(Task(2, "b") with { NextAt = Noon.AddSeconds(1) });
        await WriteAsync(Task(3, "c") with { NextAt = Noon.AddSeconds(2), Status = ScheduledTaskStatus.Paused });
        await WriteAsync(Task(4, "d"));
        await WriteAsync(Task(5, "e") with { NextAt = Noon.AddSeconds(10), Open = [new(Execution(1, 5).Seed, true, Noon, Noon.AddSeconds(2), 0)] });
        Assert.Equal([2L, 5, 1], Ids(await Store.DueTasksAsync(WakeBucket.All, Noon.AddSeconds(4), 10, default)));
        Assert.Equal([2L, 5], Ids(await Store.DueTasksAsync(WakeBucket.All, Noon.AddSeconds(3), 10, default)));
        Assert.Equal([2L], Ids(await Store.DueTasksAsync(WakeBucket.All, Noon.AddSeconds(4), 1, default)));
        Assert.Empty(await Store.DueTasksAsync(WakeBucket.All, Noon.AddSeconds(1), 10, default));
        Assert.Equal((3, 2), (await Store.CountSleepersAsync(10, default), await Store.CountSleepersAsync(2, default)));

        await WriteAsync(Task(2, "b") with { NextAt = null }, expected: 1);
        Assert.Equal([5L, 1], Ids(await Store.DueTasksAsync(WakeBucket.All, Noon.AddSeconds(4), 10, default)));
    }

    [StoreFact]
    public async Task What_is_due_a_tick_before_the_bound_is_due()
    {
        await WriteAsync(Task(1, "a") with { NextAt = Noon });
        await WriteAsync(Execution(1, 1) with { WakeAt = Noon });
        Assert.Single(await Store.DueTasksAsync(WakeBucket.All, Noon + Tick, 10, default));
        Assert.Single(await Store.DueExecutionsAsync(WakeBucket.All, Noon + Tick, 10, default));
    }

    [StoreFact]
    public async Task Buckets_part_what_is_due()
    {
        for (var id = 1; id <= 40; id++)
        {
            await WriteAsync(Task(id, $"t{id}") with { NextAt = Noon.AddSeconds(id) });
            await WriteAsync(Execution(id, 1) with { WakeAt = Noon.AddSeconds(id) });
        }
        List<long> tasks = [], executions = [];
        for (var index = 0; index < 3; index++)
        {
            var bucket = new WakeBucket(index, 3);
            var due = await Store.DueTasksAsync(bucket, Noon.AddSeconds(31), 100, default);
            Assert.All(due, task => Assert.True(bucket.Has(task.State.Id)));
            Assert.Equal(Ids(due).Order(), Ids(due)); // the earliest first
            Assert.Equal(Ids(due).Take(2), Ids(await Store.DueTasksAsync(bucket, Noon.AddSeconds(31), 2, default)));
            tasks.AddRange(Ids(due));
            var open = await Store.DueExecutionsAsync(bucket, Noon.AddSeconds(31), 100, default);
            Assert.All(open, execution => Assert.True(bucket.Has(execution.State.Id)));
            executions.AddRange(Numbers(open).Select(number => (long)number));
        }
        Assert.Equal(Enumerable.Range(1, 30).Select(id => (long)id), tasks.Order());
        Assert.Equal(Enumerable.Range(1, 30).Select(id => (long)id), executions.Order());
    }

    [StoreFact]
    public async Task Due_executions_come_by_their_time()
    {
        foreach (var (id, seconds) in new[] { (1, 3), (2, 1), (3, 2) })
            await WriteAsync(Execution(id, 1) with { WakeAt = Noon.AddSeconds(seconds) });
        await WriteAsync(Execution(4, 1));
        Assert.Equal([2, 3, 1], Numbers(await Store.DueExecutionsAsync(WakeBucket.All, Noon.AddSeconds(4), 10, default)));
        Assert.Equal([2, 3], Numbers(await Store.DueExecutionsAsync(WakeBucket.All, Noon.AddSeconds(3), 10, default)));
        Assert.Equal([2, 3], Numbers(await Store.DueExecutionsAsync(WakeBucket.All, Noon.AddSeconds(4), 2, default)));
        await WriteAsync(Ended(Execution(2, 1), Noon), expected: 1);
        Assert.Equal([3, 1], Numbers(await Store.DueExecutionsAsync(WakeBucket.All, Noon.AddSeconds(4), 10, default)));
    }

    [StoreFact]
    public async Task Open_executions_come_by_id_in_pages()
    {
        for (var id = 1; id <= 7; id++) await WriteAsync(id % 3 == 0 ? Ended(Execution(id, 1), Noon) : Execution(id, id));
        Assert.Equal([1, 2, 4], Numbers(await Store.OpenExecutionsAsync(null, 3, default)));
        Assert.Equal([5, 7], Numbers(await Store.OpenExecutionsAsync(ExecutionId(4), 3, default)));
        Assert.Empty(await Store.OpenExecutionsAsync(ExecutionId(7), 3, default));
    }

    [StoreFact]
    public async Task Shards_come_by_id_in_pages()
    {
        await Store.InsertShardsAsync([Shard(1, 5), Shard(1, 2), Shard(1, 9), Shard(2, 3)], default);
        Assert.Equal([2L, 5], ShardIds(await Store.ShardsAsync(1, 0, 2, default)));
        Assert.Equal([9L], ShardIds(await Store.ShardsAsync(1, 5, 2, default)));
        Assert.Empty(await Store.ShardsAsync(1, 9, 2, default));
    }

    [StoreFact]
    public async Task Unfinished_shards_are_before_the_round_or_run_in_it()
    {
        await WriteAsync(Shard(1, 1));
        await WriteAsync(Shard(1, 2, 6, ShardStatus.Completed));
        await WriteAsync(Shard(1, 3, 7, ShardStatus.Running));
        await WriteAsync(Shard(1, 4, 7, ShardStatus.Completed));
        await WriteAsync(Shard(1, 5, 7, ShardStatus.Failed));
        await WriteAsync(Shard(1, 6, 7, ShardStatus.Cancelled));
        await WriteAsync(Shard(1, 7, 8, ShardStatus.Running));
        await WriteAsync(Shard(1, 8, 6, ShardStatus.Running));
        await WriteAsync(Shard(2, 1));
        Assert.Equal([1L, 2, 3, 8], ShardIds(await Store.UnfinishedShardsAsync(1, 7, 0, 10, default)));
        Assert.Equal([1L, 2], ShardIds(await Store.UnfinishedShardsAsync(1, 7, 0, 2, default)));
        Assert.Equal([3L, 8], ShardIds(await Store.UnfinishedShardsAsync(1, 7, 2, 2, default)));
    }

    [StoreFact]
    public async Task Unfinished_shards_are_counted_by_where_they_run_or_ran_last()
    {
        await WriteAsync(Shard(1, 1) with { Node = null });
        await WriteAsync(Shard(1, 2, 6, ShardStatus.Completed) with { Node = "a" });
        await WriteAsync(Shard(1, 3, 7, ShardStatus.Running) with { Node = "a" });
        await WriteAsync(Shard(1, 4, 7, ShardStatus.Running) with { Node = "b" });
        await WriteAsync(Shard(1, 5, 7, ShardStatus.Completed) with { Node = "b" });
        await WriteAsync(Shard(1, 6, 6, ShardStatus.Paused) with { Node = "b" });
        await WriteAsync(Shard(2, 1) with { Node = "a" });
        Assert.Equal(new Dictionary<string, int> { [""] = 1, ["a"] = 2, ["b"] = 1 }, await Store.CountByNodeAsync(1, 7, default));
        Assert.Empty(await Store.CountByNodeAsync(3, 7, default));
    }

    [StoreFact]
    public async Task A_round_is_counted_by_where_its_shards_stand()
    {
        var last = Noon.AddMinutes(1) + 1234 * Tick;
        await WriteAsync(Shard(1, 1) with { Rows = 1_000, Pages = 1_000, UpdatedAt = Noon.AddHours(1) });
        await WriteAsync(Shard(1, 2, 6, ShardStatus.Completed) with { Rows = 1_000, Pages = 1_000 });
        await WriteAsync(Shard(1, 3, 7, ShardStatus.Running) with { Rows = 1, Pages = 10, UpdatedAt = last });
        await WriteAsync(Shard(1, 4, 7, ShardStatus.Completed) with { Rows = 2, Pages = 20, UpdatedAt = last - Tick, RetryAt = Noon + 9999 * Tick });
        await WriteAsync(Shard(1, 5, 7, ShardStatus.Completed) with { Rows = 3, Pages = 30 });
        await WriteAsync(Shard(1, 6, 7, ShardStatus.Failed) with { Rows = 4, Pages = 40 });
        await WriteAsync(Shard(1, 7, 7, ShardStatus.Cancelled));
        await WriteAsync(Shard(1, 8, 7, ShardStatus.Paused));
        await WriteAsync(Shard(2, 1, 7, ShardStatus.Running) with { Rows = 1_000, Pages = 1_000 });
        Assert.Equal(new RoundTotals(new(Total: 8, Idle: 2, Running: 1, Completed: 2, Failed: 1, Cancelled: 1, Paused: 1), 10, 100, last), await Store.CountRoundAsync(1, 7, default));
        Assert.Equal([new DatabaseTotals("db", new(new(Total: 8, Idle: 2, Running: 1, Completed: 2, Failed: 1, Cancelled: 1, Paused: 1), 10, 100, null))], await Store.CountDatabasesAsync(1, null, 7, null, 10, default));
    }

    [StoreFact]
    public async Task A_round_is_counted_by_database_in_the_order_of_their_names()
    {
        await WriteAsync(Shard(1, 1, 7, ShardStatus.Completed) with { Database = "b", Rows = 2, Pages = 1 });
        await WriteAsync(Shard(1, 2, 6, ShardStatus.Failed) with { Database = "b", Rows = 9, Pages = 9 });
        await WriteAsync(Shard(1, 3, 7, ShardStatus.Running) with { Database = "a", Rows = 1, Pages = 1 });
        await WriteAsync(Shard(1, 4, 7, ShardStatus.Gone) with { Database = "c" });
        await WriteAsync(Shard(2, 5, 7, ShardStatus.Completed) with { Database = "d" });
        DatabaseTotals a = new("a", new(new(1, 0, Running: 1, 0, 0, 0, 0), 1, 1, null)), b = new("b", new(new(2, Idle: 1, 0, Completed: 1, 0, 0, 0), 2, 1, null));
        Assert.Equal([a, b], await Store.CountDatabasesAsync(1, null, 7, null, 10, default));
        Assert.Equal([a], await Store.CountDatabasesAsync(1, null, 7, null, 1, default));
        Assert.Equal([b], await Store.CountDatabasesAsync(1, null, 7, "a", 10, default));
        Assert.Equal([new DatabaseTotals("b", new(new(1, Idle: 1, 0, 0, 0, 0, 0), 0, 0, null))], await Store.CountDatabasesAsync(1, 6, 8, null, 10, default));
    }

    [StoreFact]
    public async Task A_round_that_no_shard_is_in_has_no_last_change()
    {
        await WriteAsync(Shard(1, 1));
        Assert.Equal(new RoundTotals(new(1, 1, 0, 0, 0, 0, 0), 0, 0, null), await Store.CountRoundAsync(1, 1, default));
        Assert.Equal(default, await Store.CountRoundAsync(99, 1, default));
    }

    [StoreFact]
    public async Task Tasks_are_listed_by_name()
    {
        await WriteAsync(Task(1, "orders-b"));
        await WriteAsync(Task(2, "orders-a") with { Status = ScheduledTaskStatus.Paused });
        await WriteAsync(Task(3, "users%_") with { Definition = Task(3, "users%_").Definition });
        await WriteAsync(Task(4, "gone") with { Status = ScheduledTaskStatus.Deleted });
        await WriteAsync(Task(5, "Orders-c"));
        await WriteAsync(Task(6, "orders-x", tenant: "other"));
        Assert.Equal([5L, 2, 1, 3], Ids(await Store.ListTasksAsync("default", null, null, null, 10, default)));
        Assert.Equal([2L, 1], Ids(await Store.ListTasksAsync("default", null, null, "Orders-c", 2, default)));
        Assert.Equal([2L], Ids(await Store.ListTasksAsync("default", ScheduledTaskStatus.Paused, null, null, 10, default)));
        Assert.Equal([4L], Ids(await Store.ListTasksAsync("default", ScheduledTaskStatus.Deleted, null, null, 10, default)));
        Assert.Equal([2L, 1], Ids(await Store.ListTasksAsync("default", null, "orders", null, 10, default)));
        Assert.Equal([3L], Ids(await Store.ListTasksAsync("default", null, "%", null, 10, default)));
        Assert.Equal([3L], Ids(await Store.ListTasksAsync("default", null, "s%_", null, 10, default)));
        Assert.Equal([1L], Ids(await Store.ListTasksAsync("default", ScheduledTaskStatus.Enabled, "orders", "orders-a", 10, default)));
        Assert.Empty(await Store.ListTasksAsync("nobody", null, null, null, 10, default));
    }

    [StoreFact]
    public async Task Shards_are_listed_by_database_and_table()
    {
        foreach (var database in new[] { "db_2", "db_1" })
            foreach (var table in new[] { "t_2", "t_1", "t_3" })
                await WriteAsync(Shard(1, database, table) with { Status = table == "t_2" ? ShardStatus.Failed : ShardStatus.Idle });
        await WriteAsync(Shard(2, "db_1", "t_9"));
        Assert.Equal(["db_1.t_1", "db_1.t_2", "db_1.t_3", "db_2.t_1", "db_2.t_2", "db_2.t_3"], Names(await Store.ListShardsAsync(1, null, null, null, 10, default)));
        Assert.Equal(["db_1.t_3", "db_2.t_1", "db_2.t_2"], Names(await Store.ListShardsAsync(1, null, null, new("db_1", "t_2"), 3, default)));
        Assert.Equal(["db_2.t_1", "db_2.t_2", "db_2.t_3"], Names(await Store.ListShardsAsync(1, null, null, new("db_1", "t_3"), 10, default)));
        Assert.Equal(["db_1.t_2", "db_2.t_2"], Names(await Store.ListShardsAsync(1, ShardStatus.Failed, null, null, 10, default)));
        Assert.Equal(["db_2.t_2", "db_2.t_3"], Names(await Store.ListShardsAsync(1, null, "db_2", new("db_2", "t_1"), 10, default)));
        Assert.Equal(["db_2.t_2"], Names(await Store.ListShardsAsync(1, ShardStatus.Failed, "db_2", new("db_1", "t_2"), 10, default)));
    }

    [StoreFact]
    public async Task Executions_are_listed_the_latest_first_and_ties_by_id()
    {
        await WriteAsync(Task(1, "a"));
        await WriteAsync(Task(2, "b"));
        for (var id = 1; id <= 9; id++)
            await WriteAsync(Execution(id, id % 2 + 1, id % 2 == 0 ? "a" : "b", scheduledAt: Noon.AddSeconds(id / 3)) with { Status = id == 4 ? ExecutionStatus.Running : ExecutionStatus.Waiting });
        await WriteAsync(Execution(20, 3, "a", tenant: "other"));

        List<int> seen = [];
        (DateTimeOffset, ExecutionId)? after = null;
        while (await Store.ListExecutionsAsync(new("default"), after, 2, default) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 2);
            seen.AddRange(Numbers(page));
            after = (page[^1].State.Seed.ScheduledAt, page[^1].State.Id);
        }
        Assert.Equal([9, 6, 7, 8, 3, 4, 5, 1, 2], seen);

        Assert.Equal([6, 8, 4, 2], Numbers(await Store.ListExecutionsAsync(new("default", TaskName: "a"), null, 10, default)));
        Assert.Equal([4], Numbers(await Store.ListExecutionsAsync(new("default", Status: ExecutionStatus.Running), null, 10, default)));
        Assert.Equal([6, 7, 8, 3, 4, 5], Numbers(await Store.ListExecutionsAsync(new("default", From: Noon.AddSeconds(1), To: Noon.AddSeconds(3)), null, 10, default)));
        Assert.Equal([4, 2], Numbers(await Store.ListExecutionsAsync(new("default", "a", To: Noon.AddSeconds(2)), null, 10, default)));
        Assert.Equal([8, 4], Numbers(await Store.ListExecutionsAsync(new("default", "a", From: Noon.AddSeconds(1)), (Noon.AddSeconds(2), ExecutionId(6)), 2, default)));
        Assert.Equal([20], Numbers(await Store.ListExecutionsAsync(new("other"), null, 10, default)));
        Assert.Empty(await Store.ListExecutionsAsync(new("default", TaskName: "c"), null, 10, default));
    }

    [StoreFact]
    public async Task The_history_of_a_name_spans_its_incarnations()
    {
        await WriteAsync(Task(1, "a") with { Status = ScheduledTaskStatus.Deleted });
        await WriteAsync(Task(2, "a") with { Status = ScheduledTaskStatus.Deleted });
        await WriteAsync(Task(3, "a"));
        for (var id = 1; id <= 9; id++) await WriteAsync(Execution(id, id % 3 + 1, "a", scheduledAt: Noon.AddSeconds(id / 4)));
        Assert.Equal([8, 9, 4, 5], Numbers(await Store.ListExecutionsAsync(new("default", "a"), null, 4, default)));
        Assert.Equal([6, 7, 1, 2, 3], Numbers(await Store.ListExecutionsAsync(new("default", "a"), (Noon.AddSeconds(1), ExecutionId(5)), 10, default)));
    }

    static IEnumerable<long> Ids(IReadOnlyList<Stored<Scheduler.Tasks.TaskState>> tasks) => tasks.Select(task => task.State.Id);

    static IEnumerable<int> Numbers(IReadOnlyList<Stored<ExecutionState>> executions) => executions.Select(execution => Convert.ToInt32(execution.State.Id.Value, 16));

    static IEnumerable<long> ShardIds(IReadOnlyList<Stored<ShardState>> shards) => shards.Select(shard => shard.State.Key.ShardId);

    static IEnumerable<string> Names(IReadOnlyList<Stored<ShardState>> shards) => shards.Select(shard => $"{shard.State.Database}.{shard.State.Table}");
}
