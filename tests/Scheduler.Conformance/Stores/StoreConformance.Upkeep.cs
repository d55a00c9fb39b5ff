using Scheduler.Conformance.Servers;
using Scheduler.Running;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    static readonly DateTimeOffset Limit = Noon.AddDays(1);

    [StoreFact]
    public async Task What_ended_long_ago_is_purged_in_portions()
    {
        await WriteAsync(Task(1));
        for (var id = 1; id <= 5; id++) await WriteAsync(Ended(Execution(id, 1), Noon.AddSeconds(id)));
        await WriteAsync(Ended(Execution(6, 1), Limit));
        await WriteAsync(Execution(7, 1));
        Assert.Equal(2, await Store.PurgeAsync(Limit, 2, default));
        Assert.Equal(2, await Store.PurgeAsync(Limit, 2, default));
        Assert.Equal(1, await Store.PurgeAsync(Limit, 2, default));
        Assert.Equal(0, await Store.PurgeAsync(Limit, 2, default));
        Assert.Equal([6, 7], Numbers(await Store.ListExecutionsAsync(new("default"), null, 10, default)));
        Assert.NotNull(await Store.ReadTaskAsync(1, default));
    }

    [StoreFact]
    public async Task Rows_that_are_read_at_the_same_time_are_each_answered()
    {
        await WriteAsync(Task(1));
        for (var id = 1; id <= 40; id++) await WriteAsync(Execution(id, 1));
        var found = await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(1, 300).Select(id => Store.ReadExecutionAsync(ExecutionId(id), default).AsTask()));
        for (var id = 1; id <= 300; id++) Assert.Equal(id <= 40 ? ExecutionId(id) : null, found[id - 1]?.State.Id);
        Assert.NotNull(await Store.ReadTaskAsync(1, default));
    }

    [StoreFact]
    public async Task Who_gives_a_read_up_takes_no_other_along()
    {
        await WriteAsync(Task(1));
        using var stop = new CancellationTokenSource();
        var reads = Enumerable.Range(0, 300).Select(read => Store.ReadTaskAsync(1, read % 2 == 0 ? stop.Token : default).AsTask()).ToArray();
        stop.Cancel();
        for (var read = 0; read < reads.Length; read++)
        {
            try
            {
                Assert.NotNull(await reads[read]);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(0, read % 2);
            }
        }
    }

    [StoreFact]
    public async Task What_its_task_still_waits_for_is_not_purged()
    {
        await WriteAsync(Task(1, "a") with { Open = [new(Execution(2, 1).Seed, true, Noon.AddSeconds(20), Noon.AddDays(9), 0)] });
        await WriteAsync(Task(2, "b"));
        await WriteAsync(Ended(Execution(1, 1) with { CreatedAt = Noon.AddSeconds(10) }, Noon.AddSeconds(30)));
        await WriteAsync(Ended(Execution(2, 1) with { CreatedAt = Noon.AddSeconds(20) }, Noon.AddSeconds(30)));
        await WriteAsync(Ended(Execution(3, 1) with { CreatedAt = Noon.AddSeconds(21) }, Noon.AddSeconds(30)));
        await WriteAsync(Ended(Execution(4, 2) with { CreatedAt = Noon.AddSeconds(21) }, Noon.AddSeconds(30)));
        await WriteAsync(Ended(Execution(5, 99) with { CreatedAt = Noon.AddSeconds(21) }, Noon.AddSeconds(30)));
        Assert.Equal(3, await Store.PurgeAsync(Limit, 10, default));
        foreach (var (id, stays) in new[] { (1, false), (2, true), (3, true), (4, false), (5, false) })
            Assert.Equal(stays, await Store.ReadExecutionAsync(ExecutionId(id), default) is not null);
    }

    [StoreFact]
    public async Task A_deleted_task_goes_when_nothing_is_left_of_it_and_its_shards_with_it()
    {
        await WriteAsync(Task(1, "a") with { Status = ScheduledTaskStatus.Deleted });
        await WriteAsync(Task(2, "b") with { Status = ScheduledTaskStatus.Deleted });
        await WriteAsync(Task(3, "c") with { Status = ScheduledTaskStatus.Deleted, Open = [new(Execution(9, 3).Seed, true, Noon, Noon, 0)] });
        await WriteAsync(Task(4, "d"));
        await Store.InsertShardsAsync([Shard(1, 1), Shard(1, 2), Shard(2, 3), Shard(3, 4), Shard(4, 5)], default);
        await WriteAsync(Ended(Execution(1, 1), Noon));
        await WriteAsync(Execution(2, 2));
        for (var portions = 0; await Store.PurgeAsync(Limit, 2, default) == 2; portions++) Assert.True(portions < 10);
        Assert.Null(await Store.ReadTaskAsync(1, default));
        Assert.Empty(await Store.ShardsAsync(1, 0, 10, default));
        foreach (var id in new long[] { 2, 3, 4 })
        {
            Assert.NotNull(await Store.ReadTaskAsync(id, default));
            Assert.Single(await Store.ShardsAsync(id, 0, 10, default));
        }
    }

    [StoreFact]
    public async Task A_beat_says_the_time_and_can_be_said_again()
    {
        var beat = new NodeBeat("node-1", "10.0.0.1", "1.0", Noon, 16, 3, ["orders", "a \"b\" 订单"]);
        var first = await Store.BeatAsync(beat, default);
        var second = await Store.BeatAsync(beat with { UsedSlots = 4, Handlers = [] }, default);
        await Store.BeatAsync(beat with { Id = "node-2" }, default);
        Assert.True(second >= first, $"{second:O} is before {first:O}");
        IsNow(first);
    }

    /// <summary>Expects the store's time to be near this machine's; a store with a clock of its own overrides it.</summary>
    protected virtual void IsNow(DateTimeOffset time) => Assert.InRange(time, DateTimeOffset.UtcNow.AddSeconds(-10), DateTimeOffset.UtcNow.AddSeconds(10));
}
