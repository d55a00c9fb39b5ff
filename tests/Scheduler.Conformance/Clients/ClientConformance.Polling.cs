using Scheduler.Conformance.Servers;
using Xunit;

namespace Scheduler.Conformance.Clients;

partial class ClientConformance
{
    static readonly (string, string)[] AllShards = [("db_0", "t_0"), ("db_0", "t_1"), ("db_0", "t_2"), ("db_1", "t_0"), ("db_1", "t_1"), ("db_1", "t_2")];

    [StoreFact]
    public async Task A_polling_task_has_its_shards_before_its_first_round()
    {
        await client.CreateTaskAsync(Polling());
        var shards = await EventuallyAsync(() => client.ListShardsAsync(Name(), new()), page => page.Items.Count == 6);
        Assert.All(shards.Items, shard => Assert.Equal((ShardStatus.Idle, 0, 0, Cursor.Start), (shard.Status, shard.Round, shard.Rows, shard.Cursor)));

        var progress = await client.GetProgressAsync(Name());
        Assert.Equal((Name(), 0, null, 0), (progress.Task, progress.Round, progress.ExecutionId, progress.Rows));
        Assert.Equal(new ShardCounts(6, 6, 0, 0, 0, 0, 0), progress.Shards);
    }

    [StoreFact]
    public async Task A_round_reads_every_row_of_every_shard()
    {
        await client.CreateTaskAsync(Polling());
        foreach (var round in (long[])[1, 2])
        {
            var id = await TriggerAsync(Polling());
            var execution = await EventuallyAsync(id, ExecutionStatus.Succeeded);
            Assert.Equal((round, new ItemCounts(6, 6, 0, 0), 150), (execution.Sequence, execution.Items, execution.Rows));

            var progress = await client.GetProgressAsync(Name());
            Assert.Equal((round, id, new ShardCounts(6, 0, 0, 6, 0, 0, 0), 150, null), (progress.Round, progress.ExecutionId, progress.Shards, progress.Rows, progress.Eta));
            Assert.True(progress.Pages >= 18, $"expected at least 3 pages a shard, got {progress.Pages} in all");

            var shards = (await client.ListShardsAsync(Name(), new())).Items;
            Assert.All(shards, shard => Assert.Equal((ShardStatus.Completed, round, 25, 0, null), (shard.Status, shard.Round, shard.Rows, shard.Attempt, shard.Error)));
            Assert.All(shards, shard => Assert.NotNull(shard.Cursor.Key));
        }
    }

    [StoreFact]
    public async Task A_round_is_told_by_database_page_by_page()
    {
        await client.CreateTaskAsync(Polling());
        Assert.Equal([("db_0", new ShardCounts(3, 3, 0, 0, 0, 0, 0), 0), ("db_1", new ShardCounts(3, 3, 0, 0, 0, 0, 0), 0)],
            (await EventuallyAsync(() => client.ListDatabaseProgressAsync(Name(), new()), page => page.Items.Count == 2)).Items.Select(each => (each.Database, each.Shards, each.Rows)));

        await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded);
        var databases = await AllPagesAsync(1, cursor => client.ListDatabaseProgressAsync(Name(), new() { Limit = 1, Cursor = cursor }));
        Assert.Equal([("db_0", new ShardCounts(3, 0, 0, 3, 0, 0, 0), 75), ("db_1", new ShardCounts(3, 0, 0, 3, 0, 0, 0), 75)], databases.Select(each => (each.Database, each.Shards, each.Rows)));
        var progress = await client.GetProgressAsync(Name());
        Assert.Equal((progress.Rows, progress.Pages), (databases.Sum(each => each.Rows), databases.Sum(each => each.Pages)));
        Assert.Null((await client.ListDatabaseProgressAsync(Name(), new() { Limit = 2 })).Next);
        await InvalidAsync("limit", () => client.ListDatabaseProgressAsync(Name(), new() { Limit = 0 }));
        await InvalidAsync("cursor", () => client.ListDatabaseProgressAsync(Name(), new() { Cursor = "nonsense!" }));
    }

    [StoreFact]
    public async Task Shards_are_listed_by_database_and_table_page_by_page()
    {
        await client.CreateTaskAsync(Polling());
        await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded);

        Assert.Equal(AllShards, await NamesAsync(new()));
        Assert.Equal(AllShards, await NamesAsync(new() { Limit = 4 }));
        Assert.Equal(AllShards[3..], await NamesAsync(new() { Database = "db_1", Limit = 2 }));
        Assert.Equal(AllShards, await NamesAsync(new() { Status = ShardStatus.Completed, Limit = 5 }));
        Assert.Empty(await NamesAsync(new() { Status = ShardStatus.Failed }));
        Assert.Empty(await NamesAsync(new() { Database = "db_2" }));

        async Task<IEnumerable<(string, string)>> NamesAsync(ShardQuery query) =>
            (await AllPagesAsync(query.Limit, cursor => client.ListShardsAsync(Name(), query with { Cursor = cursor }))).Select(shard => (shard.Database, shard.Table));
    }

    [StoreFact]
    public async Task A_task_that_does_not_poll_has_neither_shards_nor_progress()
    {
        await client.CreateTaskAsync(Code("echo"));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.GetProgressAsync(Name()));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.ListDatabaseProgressAsync(Name(), new()));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.ListShardsAsync(Name(), new()));
    }
}
