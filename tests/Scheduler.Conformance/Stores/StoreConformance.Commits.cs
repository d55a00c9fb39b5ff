using Scheduler.Conformance.Servers;
using Scheduler.Running;
using Scheduler.Shards;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    [StoreFact]
    public async Task A_write_on_another_version_conflicts_and_changes_nothing()
    {
        await WriteAsync(Task(1));
        await WriteAsync(Execution(1, 1));
        await WriteAsync(Shard(1, 1));
        foreach (var expected in new[] { 0, 2, 99 })
        {
            Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Task(1) with { Revision = 50 }, expected));
            Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Execution(1, 1) with { Rows = 50 }, expected));
            Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Shard(1, 1) with { Rows = 50 }, expected));
        }
        Assert.Equal((1, 1), ((await Store.ReadTaskAsync(1, default))!.Version, (await Store.ReadTaskAsync(1, default))!.State.Revision));
        Assert.Equal((1, 0), ((await Store.ReadExecutionAsync(ExecutionId(1), default))!.Version, (await Store.ReadExecutionAsync(ExecutionId(1), default))!.State.Rows));
        Assert.Equal((1, 0), ((await Store.ReadShardAsync(new(1, 1), default))!.Version, (await Store.ReadShardAsync(new(1, 1), default))!.State.Rows));
    }

    [StoreFact]
    public async Task An_update_of_what_is_not_there_conflicts()
    {
        Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Task(1), expected: 1));
        Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Execution(1, 1), expected: 1));
        Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Shard(1, 1), expected: 1));
        Assert.Null(await Store.ReadTaskAsync(1, default));
    }

    [StoreFact]
    public async Task Of_two_writers_on_one_version_one_wins_and_the_write_id_says_which()
    {
        await WriteAsync(Shard(1, 1));
        for (var version = 1; version <= 20; version++)
        {
            var writers = Enumerable.Range(0, 2).Select(_ => NextWriteId()).ToArray();
            var outcomes = await System.Threading.Tasks.Task.WhenAll(writers.Select(writer => System.Threading.Tasks.Task.Run(() => TryWriteAsync(Shard(1, 1) with { Rows = writer }, version, writer))));
            Assert.Single(outcomes, WriteOutcome.Written);
            Assert.Single(outcomes, WriteOutcome.Conflict);
            var stored = (await Store.ReadShardAsync(new(1, 1), default))!;
            var winner = writers[Array.IndexOf(outcomes, WriteOutcome.Written)];
            Assert.Equal((version + 1, winner, winner), (stored.Version, stored.WriteId, stored.State.Rows));
        }
    }

    [StoreFact]
    public async Task Of_two_inserts_one_wins()
    {
        for (var id = 1; id <= 20; id++)
        {
            var state = Execution(id, 1);
            var outcomes = await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, 3).Select(_ => System.Threading.Tasks.Task.Run(() => TryWriteAsync(state))));
            Assert.Single(outcomes, WriteOutcome.Written);
            Assert.Equal(2, outcomes.Count(outcome => outcome == WriteOutcome.Conflict));
        }
    }

    [StoreFact]
    public async Task A_commit_answers_row_by_row_in_its_order()
    {
        await WriteAsync(Task(1));
        await WriteAsync(Shard(1, 1));
        await WriteAsync(Shard(1, 2));
        var outcomes = await Store.CommitAsync(
        [
            new EntityWrite.OfShard(Shard(1, 2) with { Rows = 2 }, 7, NextWriteId()),
            new EntityWrite.OfExecution(Execution(1, 1), 0, NextWriteId()),
            new EntityWrite.OfShard(Shard(1, 1) with { Rows = 1 }, 1, NextWriteId()),
            new EntityWrite.OfTask(Task(1), false, 0, NextWriteId()),
            new EntityWrite.OfExecution(Execution(2, 1), 3, NextWriteId()),
            new EntityWrite.OfTask(Task(2, "other"), true, 0, NextWriteId()),
        ], default);
        Assert.Equal([WriteResult.Conflict, WriteResult.Written, WriteResult.Written, WriteResult.Conflict, WriteResult.Conflict, WriteResult.Written], outcomes.Select(outcome => outcome.Result));
        Assert.Equal(1, (await Store.ReadShardAsync(new(1, 1), default))!.State.Rows);
        Assert.Equal(0, (await Store.ReadShardAsync(new(1, 2), default))!.State.Rows);
        Assert.NotNull(await Store.ReadTaskAsync(2, default));
    }

    [StoreFact]
    public async Task A_row_whose_data_cannot_be_stored_is_rejected_alone()
    {
        await WriteAsync(Task(1, "taken"));
        await WriteAsync(Shard(1, 1));
        var outcomes = await Store.CommitAsync(
        [
            new EntityWrite.OfShard(Shard(1, 1) with { Rows = 5 }, 1, NextWriteId()),
            new EntityWrite.OfTask(Task(2, "taken"), true, 0, NextWriteId()),
            new EntityWrite.OfTask(Task(3, "free"), true, 0, NextWriteId()),
            new EntityWrite.OfTask(Task(4, new string('x', 200)), true, 0, NextWriteId()),
            new EntityWrite.OfExecution(Execution(1, 1), 0, NextWriteId()),
            new EntityWrite.OfExecution(Execution(2, 1) with { Status = ExecutionStatus.None }, 0, NextWriteId()),
            new EntityWrite.OfShard(Shard(1, "db", "new"), 0, NextWriteId()),
        ], default);
        Assert.Equal(
            [WriteResult.Written, WriteResult.Rejected, WriteResult.Written, WriteResult.Rejected, WriteResult.Written, WriteResult.Rejected, WriteResult.Written],
            outcomes.Select(outcome => outcome.Result));
        Assert.Equal("name: expected one that no task has, \"taken\" is taken", outcomes[1].Error);
        Assert.All(outcomes.Where(outcome => outcome.Result == WriteResult.Rejected), outcome => Assert.False(string.IsNullOrEmpty(outcome.Error)));
        Assert.Equal(5, (await Store.ReadShardAsync(new(1, 1), default))!.State.Rows);
        Assert.NotNull(await Store.ReadTaskAsync(3, default));
        Assert.NotNull(await Store.ReadExecutionAsync(ExecutionId(1), default));
        Assert.Null(await Store.ReadTaskAsync(2, default));
        Assert.Null(await Store.ReadTaskAsync(4, default));
        Assert.Null(await Store.ReadExecutionAsync(ExecutionId(2), default));
    }

    [StoreFact]
    public async Task A_task_that_is_written_twice_conflicts_with_itself_and_is_not_told_that_its_name_is_taken()
    {
        await WriteAsync(Task(1));
        Assert.Equal(WriteOutcome.Conflict, await TryWriteAsync(Task(1)));
    }

    [StoreFact]
    public async Task A_name_belongs_to_one_living_task_of_a_tenant()
    {
        await WriteAsync(Task(1, "a"));
        Assert.Equal(WriteResult.Rejected, (await TryWriteAsync(Task(2, "a"))).Result);
        await WriteAsync(Task(2, "a", tenant: "other"));
        await WriteAsync(Task(3, "A"));
        await WriteAsync(Task(4, "ä"));
        await WriteAsync(Task(5, "a."));

        await WriteAsync(Task(1, "a") with { Status = ScheduledTaskStatus.Paused }, expected: 1);
        Assert.Equal(WriteResult.Rejected, (await TryWriteAsync(Task(6, "a"))).Result);
        await WriteAsync(Task(1, "a") with { Status = ScheduledTaskStatus.Deleted }, expected: 2);
        Assert.Null(await Store.FindTaskAsync("default", "a", default));
        await WriteAsync(Task(6, "a"));
        Assert.Equal(6, (await Store.FindTaskAsync("default", "a", default))!.State.Id);
        Assert.Equal(2, (await Store.FindTaskAsync("other", "a", default))!.State.Id);
        Assert.Equal(3, (await Store.FindTaskAsync("default", "A", default))!.State.Id);
        Assert.Null(await Store.FindTaskAsync("default", "a ", default));
    }

    [StoreFact]
    public async Task Shard_names_differ_by_case_and_blanks_and_quotes()
    {
        string[] names = ["t", "T", "t ", "'t'", "\"t\"", "\uff54", "t%", "t_", "\u00fc", "u\u0308"];
        foreach (var name in names) await WriteAsync(Shard(1, "db", name));
        Assert.Equal(names.Order(StringComparer.Ordinal), (await Store.ListShardsAsync(1, null, "db", null, 100, default)).Select(shard => shard.State.Table));
        Assert.Equal(WriteResult.Rejected, (await TryWriteAsync(Shard(1, "db", "t") with { Key = new(1, 5) })).Result);
    }

    [StoreFact]
    public async Task Text_that_no_database_holds_is_rejected_and_never_found()
    {
        foreach (var name in new[] { "a\0", "\ud800", "\udc00b" })
        {
            Assert.Equal(WriteResult.Rejected, (await TryWriteAsync(Task(1, name))).Result);
            Assert.Equal(WriteResult.Rejected, (await TryWriteAsync(Shard(1, "db", name))).Result);
            Assert.Null(await Store.FindTaskAsync("default", name, default));
            Assert.Empty(await Store.ListTasksAsync("default", null, name, null, 10, default));
            Assert.Empty(await Store.ListExecutionsAsync(new("default", name), null, 10, default));
        }
    }

    [StoreFact]
    public async Task An_error_of_any_text_can_be_stored()
    {
        await WriteAsync(Shard(1, 1) with { Error = "a\0b \ud800 c" });
        await WriteAsync(Execution(1, 1) with { Error = "a\0b \udc00 c" });
        Assert.StartsWith("a", (await Store.ReadShardAsync(new(1, 1), default))!.State.Error, StringComparison.Ordinal);
        Assert.EndsWith("c", (await Store.ReadExecutionAsync(ExecutionId(1), default))!.State.Error, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task Many_rows_go_into_one_commit()
    {
        var shards = Enumerable.Range(1, 3000).Select(id => Shard(1, id)).ToList();
        var inserted = await Store.CommitAsync([.. shards.Select(shard => new EntityWrite.OfShard(shard, 0, NextWriteId()))], default);
        Assert.All(inserted, outcome => Assert.Equal(WriteOutcome.Written, outcome));
        var updated = await Store.CommitAsync([.. shards.Select(shard => new EntityWrite.OfShard(shard with { Rows = shard.Key.ShardId }, shard.Key.ShardId % 3 == 0 ? 2 : 1, NextWriteId()))], default);
        Assert.Equal(shards.Select(shard => shard.Key.ShardId % 3 == 0 ? WriteOutcome.Conflict : WriteOutcome.Written), updated);
        Assert.Equal(2999, (await Store.ReadShardAsync(new(1, 2999), default))!.State.Rows);
    }

    [StoreFact]
    public async Task Callers_at_the_same_time_do_not_disturb_each_other()
    {
        const int Callers = 8, Rounds = 15, Each = 20;
        await Store.InsertShardsAsync([.. Enumerable.Range(1, Callers * Each).Select(id => Shard(1, id))], default);
        await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => System.Threading.Tasks.Task.Run(async () =>
        {
            // The rows of the callers lie among each other, each caller's in an order of its own.
            var ids = Enumerable.Range(0, Each).Select(i => 1L + caller + i * Callers).ToArray();
            for (var version = 1; version <= Rounds; version++)
            {
                new Random(caller * 1000 + version).Shuffle(ids);
                var outcomes = await Store.CommitAsync([.. ids.Select(id => (EntityWrite)new EntityWrite.OfShard(Shard(1, id) with { Pages = version }, version, NextWriteId()))], default);
                Assert.All(outcomes, outcome => Assert.Equal(WriteOutcome.Written, outcome));
                Assert.Equal(version, (await Store.ReadShardAsync(new(1, ids[0]), default))!.State.Pages);
            }
        })));
        Assert.All(await Store.ShardsAsync(1, 0, 1000, default), shard => Assert.Equal((Rounds, Rounds + 1), (shard.State.Pages, shard.Version)));
    }

    [StoreFact]
    public async Task Writers_of_the_same_rows_in_opposite_orders_both_get_an_answer()
    {
        var ids = Enumerable.Range(1, 50).Select(id => (long)id).ToArray();
        await Store.InsertShardsAsync([.. ids.Select(id => Shard(1, id))], default);
        for (var version = 1; version <= 10; version++)
        {
            var both = await System.Threading.Tasks.Task.WhenAll(new[] { ids, [.. ids.Reverse()] }.Select(order => System.Threading.Tasks.Task.Run(async () =>
                (order, outcomes: await Store.CommitAsync([.. order.Select(id => new EntityWrite.OfShard(Shard(1, id), version, NextWriteId()))], default)))));
            foreach (var id in ids)
                Assert.Equal([WriteResult.Written, WriteResult.Conflict], both.Select(each => each.outcomes[Array.IndexOf(each.order, id)].Result).Order());
        }
    }

    [StoreFact]
    public async Task A_call_that_is_cancelled_before_it_began_writes_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CommitAsync([new EntityWrite.OfShard(Shard(1, 1), 0, NextWriteId())], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadShardAsync(new(1, 1), cancelled));
        Assert.Null(await Store.ReadShardAsync(new(1, 1), default));
        await WriteAsync(Shard(1, 1)); // and the store goes on
    }

    [StoreFact]
    public async Task Shards_are_inserted_where_they_are_missing()
    {
        await WriteAsync(Shard(1, 2) with { Rows = 9 });
        await Store.InsertShardsAsync([Shard(1, 1), Shard(1, 2), Shard(1, 3)], default);
        await Store.InsertShardsAsync([], default);
        var shards = await Store.ShardsAsync(1, 0, 10, default);
        Assert.Equal([(1, 0), (2, 9), (3, 0)], shards.Select(shard => (shard.State.Key.ShardId, shard.State.Rows)));
        Assert.All(shards, shard => Assert.Equal(1, shard.Version));
        await WriteAsync(Shard(1, 1) with { Rows = 3 }, expected: 1);
    }

    [StoreFact]
    public async Task Shards_are_deleted_by_id_within_their_task()
    {
        await Store.InsertShardsAsync([Shard(1, 1), Shard(1, 2), Shard(1, 3), Shard(2, 1) with { Key = new(2, 1) }], default);
        await Store.DeleteShardsAsync(1, [1, 3, 99], default);
        await Store.DeleteShardsAsync(1, [], default);
        Assert.Equal([2L], (await Store.ShardsAsync(1, 0, 10, default)).Select(shard => shard.State.Key.ShardId));
        Assert.NotNull(await Store.ReadShardAsync(new ShardKey(2, 1), default));
    }
}
