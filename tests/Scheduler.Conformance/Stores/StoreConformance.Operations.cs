using Scheduler.Conformance.Servers;
using Scheduler.Running;
using Scheduler.Shards;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    static DeadLetter Letter(long task, long key, int seconds = 0) => new()
    {
        Shard = new(task, 1), Database = "db \"1\" 订单", Table = "t 'x'", Cursor = new("2026-03-01T12:00:00.1234567Z", $"{key}"), After = new(null, $"{key - 1}"),
        Round = 7, Attempts = 3, Error = "no such number:\n'x' 🚚", Row = """{"id": 1, "name": "订单"}""", At = Noon.AddSeconds(seconds),
    };

    static EntityWrite.OfShard PuttingAside(ShardState state, long expected, long writeId, params DeadLetter[] letters) => new(state, expected, writeId) { DeadLetters = letters };

    [StoreFact]
    public async Task Rows_are_put_aside_with_the_checkpoint_and_only_with_it()
    {
        await WriteAsync(Shard(1, 1));
        var outcomes = await Store.CommitAsync(
        [
            PuttingAside(Shard(1, 1) with { Rows = 1 }, 1, NextWriteId(), Letter(1, 10), Letter(1, 11, 1) with { Row = null, After = default }),
            PuttingAside(Shard(1, 2), 5, NextWriteId(), Letter(2, 99)),
            PuttingAside(Shard(1, 3) with { Cursor = new(null, "a\0b") }, 0, NextWriteId(), Letter(2, 98)),
        ], default);
        Assert.Equal([WriteResult.Written, WriteResult.Conflict, WriteResult.Rejected], outcomes.Select(outcome => outcome.Result));
        Assert.Equal([Letter(1, 10), Letter(1, 11, 1) with { Row = null, After = default }], await Store.ListDeadLettersAsync(1, null, 10, default));
        Assert.Empty(await Store.ListDeadLettersAsync(2, null, 10, default));
        Assert.Equal(1, (await Store.ReadShardAsync(new(1, 1), default))!.State.Rows);
    }

    [StoreFact]
    public async Task A_row_that_is_put_aside_again_is_one_dead_letter_with_its_new_error()
    {
        await WriteAsync(Shard(1, 1));
        await Store.CommitAsync([PuttingAside(Shard(1, 1), 1, NextWriteId(), Letter(1, 10))], default);
        var again = Letter(1, 10, 9) with { Error = "another", Attempts = 4, Round = 8, Row = null };
        await Store.CommitAsync([PuttingAside(Shard(1, 1), 2, NextWriteId(), again)], default);
        Assert.Equal([again], await Store.ListDeadLettersAsync(1, null, 10, default));
        await Store.ReviseDeadLetterAsync(again with { Error = "revised \0", Attempts = 5 }, default);
        await Store.ReviseDeadLetterAsync(Letter(1, 77), default);
        Assert.Equal([again with { Error = "revised \uFFFD", Attempts = 5 }], await Store.ListDeadLettersAsync(1, null, 10, default));
    }

    [StoreFact]
    public async Task Dead_letters_come_the_oldest_first_in_pages_and_go_one_by_one_or_all()
    {
        await WriteAsync(Shard(1, 1));
        DeadLetter[] letters = [Letter(1, 1, 3), Letter(1, 2, 1), Letter(1, 3, 2), Letter(1, 4, 2), Letter(2, 5)];
        await Store.CommitAsync([PuttingAside(Shard(1, 1), 1, NextWriteId(), letters)], default);
        DeadLetter[] expected = [letters[1], .. new[] { letters[2], letters[3] }.OrderBy(letter => letter.Id, StringComparer.Ordinal), letters[0]];
        Assert.Equal(expected[..2], await Store.ListDeadLettersAsync(1, null, 2, default));
        Assert.Equal(expected[2..], await Store.ListDeadLettersAsync(1, (expected[1].At, expected[1].Id), 10, default));

        Assert.Equal([letters[0]], await Store.ReadDeadLettersAsync(1, [letters[0].Id, letters[4].Id, "none"], default));
        Assert.Equal(1, await Store.DeleteDeadLettersAsync(1, [letters[0].Id, letters[4].Id, "none"], default));
        Assert.Equal(3, await Store.DeleteDeadLettersAsync(1, null, default));
        Assert.Equal([letters[4]], await Store.ListDeadLettersAsync(2, null, 10, default));
    }

    [StoreFact]
    public async Task A_retry_has_the_shards_that_ended_badly_in_its_round_and_no_others()
    {
        await WriteAsync(Shard(1, 1));
        await WriteAsync(Shard(1, 2, 7, ShardStatus.Completed));
        await WriteAsync(Shard(1, 3, 7, ShardStatus.Failed) with { Rows = 1_000 });
        await WriteAsync(Shard(1, 4, 7, ShardStatus.Cancelled));
        await WriteAsync(Shard(1, 5, 7, ShardStatus.Paused));
        await WriteAsync(Shard(1, 6, 8, ShardStatus.Failed));
        await WriteAsync(Shard(1, 7, 9, ShardStatus.Running) with { Rows = 10, Pages = 2 });
        await WriteAsync(Shard(1, 8, 9, ShardStatus.Completed) with { Rows = 20, Pages = 3 });
        await WriteAsync(Shard(1, 9, 9, ShardStatus.Idle));
        await WriteAsync(Shard(2, 1, 7, ShardStatus.Failed));
        Assert.Equal([3L, 4, 7, 9], ShardIds(await Store.RetriedShardsAsync(1, 7, 9, 0, 10, default)));
        Assert.Equal([4L, 7], ShardIds(await Store.RetriedShardsAsync(1, 7, 9, 3, 2, default)));
        var totals = await Store.CountRetryAsync(1, 7, 9, default);
        Assert.Equal((new ShardCounts(Total: 5, Idle: 3, Running: 1, Completed: 1, Failed: 0, Cancelled: 0, Paused: 0), 30, 5), (totals.Shards, totals.Rows, totals.Pages));
        // What is paused is so in each round, and none waits for it.
        Assert.Equal([1L, 2, 3, 4, 6, 7, 9], ShardIds(await Store.UnfinishedShardsAsync(1, 9, 0, 10, default)));
        Assert.Equal(new ShardCounts(Total: 9, Idle: 6, Running: 1, Completed: 1, Failed: 0, Cancelled: 0, Paused: 1), (await Store.CountRoundAsync(1, 9, default)).Shards);
    }

    [StoreFact]
    public async Task Nodes_are_as_they_last_said()
    {
        Assert.Empty(await Store.NodesAsync(default));
        var beat = new NodeBeat("node-1", "10.0.0.1", "1.0", Noon, 16, 3, ["orders", "a \"b\" 订单"]) { Kinds = new Dictionary<string, HandlerKind> { ["orders"] = HandlerKind.Polling, ["a \"b\" 订单"] = HandlerKind.Code } };
        await Store.BeatAsync(beat with { Id = "node-2" }, default);
        await Store.BeatAsync(beat, default);
        await Store.BeatAsync(beat with { UsedSlots = 4 }, default);
        var nodes = await Store.NodesAsync(default);
        Assert.Equal(["node-1", "node-2"], nodes.Select(node => node.Beat.Id));
        Assert.Equal(Text(beat with { UsedSlots = 4 }), Text(nodes[0].Beat));
        Assert.All(nodes, node => IsNow(node.LastSeenAt));

        await Store.BeatAsync(beat with { StandsBy = true }, default);
        Assert.Equal([true, false], (await Store.NodesAsync(default)).Select(node => node.Beat.StandsBy));
        await Store.BeatAsync(beat, default);
        Assert.Equal([false, false], (await Store.NodesAsync(default)).Select(node => node.Beat.StandsBy));
        await Store.LeaveAsync(nodes[0].Beat.Id, default);
        Assert.Equal(nodes.Skip(1).Select(node => node.Beat.Id), (await Store.NodesAsync(default)).Select(node => node.Beat.Id));
    }
}
