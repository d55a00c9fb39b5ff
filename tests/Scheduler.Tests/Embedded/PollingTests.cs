using Microsoft.Extensions.DependencyInjection;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded;

public class PollingTests : OnAnyStore
{
    static TaskDefinition Definition(int pageSize = 10, int threadCount = 1, int? batchSize = null, string databases = "db", string tables = "t", RetryPolicy? retry = null) => new()
    {
        Name = "numbers",
        Handler = new() { Polling = new() { Handler = "numbers", PageSize = pageSize, ThreadCount = threadCount, BatchSize = batchSize, Shards = new() { Databases = databases, Tables = tables } } },
        Retry = retry ?? new() { MaxAttempts = 3, Backoff = TimeSpan.FromMilliseconds(5) },
    };

    async Task<(Host Host, ExecutionView Ended)> RunAsync(Numbers numbers, TaskDefinition definition, Action<SchedulerOptions>? configure = null)
    {
        var host = await StartAsync(services => services.AddPolling("numbers", numbers), configure);
        await host.Client.CreateTaskAsync(definition);
        var started = await host.Client.TriggerTaskAsync(definition.Name);
        return (host, await host.Client.WaitForExecutionAsync(started.ExecutionId));
    }

    [StoreTheory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 10)]
    [InlineData(250, 100)]
    [InlineData(7, 1)]
    public async Task Every_row_is_seen_once_in_order(int rows, int pageSize)
    {
        var numbers = new Numbers(rows);
        var (host, ended) = await RunAsync(numbers, Definition(pageSize));
        await using var _ = host;

        Assert.Equal(ExecutionStatus.Succeeded, ended.Status);
        Assert.Equal(Enumerable.Range(1, rows).Select(each => (long)each), numbers.Seen.Select(each => each.Key));
        Assert.Equal(rows, ended.Rows);
        Assert.Equal(new ItemCounts(1, 1, 0, 0), ended.Items);
        var shard = (await host.Client.ListShardsAsync("numbers", new())).Items.Single();
        Assert.Equal((ShardStatus.Completed, 1L, (long)rows, (long)(rows + pageSize - 1) / pageSize), (shard.Status, shard.Round, shard.Rows, shard.Pages));
        Assert.Equal(rows == 0 ? Cursor.Start : Cursor.At(rows), shard.Cursor);
    }

    [StoreTheory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_pass_whose_last_row_has_a_key_that_no_store_keeps_fails_and_says_so(int pageSize)
    {
        await using var host = await StartAsync(services => services.AddPolling("numbers", new Unstorable()));
        await host.Client.CreateTaskAsync(Definition(pageSize));
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("numbers")).ExecutionId);
        var shard = (await host.Client.ListShardsAsync("numbers", new())).Items.Single();
        Assert.Equal((ExecutionStatus.Failed, ShardStatus.Failed, true), (ended.Status, shard.Status, shard.Error!.StartsWith("checkpoint: ", StringComparison.Ordinal)));
        Assert.Equal(Cursor.Start, shard.Cursor); // nor what shared its checkpoint
    }

    /// <summary>Has two rows, the last with a NUL in its key.</summary>
    sealed class Unstorable : IPollingHandler<string>
    {
        static readonly string[] keys = ["a", "b\0"];

        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds("c"));

        public ValueTask<IReadOnlyList<string>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
            new([.. keys.Where(key => string.CompareOrdinal(key, after.Key) > 0).Take(limit)]);

        public Cursor CursorOf(string row) => new(null, row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<string> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }

    [StoreFact]
    public async Task Many_shards_share_the_slots_and_all_end()
    {
        var crowd = new Crowd(expected: 3);
        var numbers = new Numbers(25)
        {
            Process = async (_, _, cancellationToken) =>
            {
                using (await crowd.ComeAsync("all", cancellationToken)) return [];
            },
        };
        var (host, ended) = await RunAsync(numbers, Definition(databases: "db_{0..9}", tables: "t_{0..19}"), options => options.Limits(limits => limits with { Slots = 3 }));
        await using var _ = host;

        Assert.Equal(ExecutionStatus.Succeeded, ended.Status);
        Assert.Equal(5000, ended.Rows);
        Assert.Equal(5000, numbers.Seen.Select(each => (each.Shard, each.Key)).Distinct().Count());
        Assert.Equal(3, crowd.MostOfAll);
    }

    [StoreFact]
    public async Task Batches_of_a_page_run_side_by_side_and_no_more_than_the_threads()
    {
        var crowd = new Crowd(expected: 2);
        var numbers = new Numbers(10)
        {
            Process = async (_, batch, cancellationToken) =>
            {
                Assert.InRange(batch.Rows.Count, 1, 3);
                using (await crowd.ComeAsync("all", cancellationToken)) return [];
            },
        };
        var (host, ended) = await RunAsync(numbers, Definition(pageSize: 10, threadCount: 2, batchSize: 3));
        await using var _ = host;
        Assert.Equal((ExecutionStatus.Succeeded, 10L, 2), (ended.Status, ended.Rows, crowd.MostOfAll));
    }

    [StoreFact]
    public async Task A_retry_within_a_page_does_not_repeat_what_was_done()
    {
        var failed = false;
        var numbers = new Numbers(20);
        numbers.Process = (_, batch, _) =>
        {
            if (failed || !batch.Rows.Contains(5)) return Task.FromResult<IEnumerable<long>>([]);
            failed = true;
            return Task.FromResult<IEnumerable<long>>([5]);
        };
        var (host, ended) = await RunAsync(numbers, Definition(pageSize: 20, batchSize: 4));
        await using var _ = host;

        Assert.Equal(ExecutionStatus.Succeeded, ended.Status);
        Assert.Equal(20, ended.Rows);
        Assert.Equal(20, numbers.Seen.Count);
        Assert.Equal(2, numbers.Seen.Single(each => each.Key == 5).Attempt);
        Assert.Single(numbers.Queries, each => each.After == Cursor.Start);
    }

    [StoreFact]
    public async Task A_page_that_fails_in_all_its_attempts_fails_its_shard_alone_and_stops_at_the_gap()
    {
        var attempts = 0;
        var numbers = new Numbers(30)
        {
            Process = (shard, batch, _) =>
            {
                if (shard.Table != "t_1" || !batch.Rows.Contains(15)) return Task.FromResult<IEnumerable<long>>([]);
                attempts++;
                return Task.FromResult<IEnumerable<long>>([15]);
            },
        };
        var (host, ended) = await RunAsync(numbers, Definition(tables: "t_{0..2}", batchSize: 3));
        await using var _ = host;

        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Equal(new ItemCounts(3, 2, 0, 1), ended.Items);
        Assert.Equal(3, attempts);
        var failed = (await host.Client.ListShardsAsync("numbers", new() { Status = ShardStatus.Failed })).Items.Single();
        Assert.Equal(("t_1", Cursor.At(14), 14L, 3), (failed.Table, failed.Cursor, failed.Rows, failed.Attempt));
        Assert.Equal("row 15: number 15 is not wanted", failed.Error);
        // Batches behind the gap were done, and the cursor does not claim so.
        Assert.Contains(numbers.Seen, each => each is { Shard: "db.t_1", Key: 20 });
    }

    [StoreFact]
    public async Task A_failure_that_no_retry_mends_ends_the_shard_at_once()
    {
        var attempts = 0;
        var numbers = new Numbers(3)
        {
            Process = (_, _, _) =>
            {
                attempts++;
                throw new NonRetryableException("the target is gone");
            },
        };
        var (host, ended) = await RunAsync(numbers, Definition());
        await using var _ = host;
        Assert.Equal((ExecutionStatus.Failed, 1), (ended.Status, attempts));
        Assert.Equal("batch of 3 rows from 1: the target is gone", (await host.Client.ListShardsAsync("numbers", new())).Items.Single().Error);
    }

    [StoreFact]
    public async Task A_source_that_fails_is_asked_again()
    {
        var times = 0;
        var numbers = new Numbers(3) { Query = _ => { if (++times < 3) throw new IOException("no route to the source"); } };
        var (host, ended) = await RunAsync(numbers, Definition());
        await using var _ = host;
        Assert.Equal((ExecutionStatus.Succeeded, 3), (ended.Status, times));
    }

    [StoreFact]
    public async Task A_query_that_does_not_move_on_is_an_error_and_not_an_endless_pass()
    {
        await using var host = await StartAsync(services => services.AddPolling("numbers", new Stuck()));
        await host.Client.CreateTaskAsync(Definition(pageSize: 1));
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("numbers")).ExecutionId);
        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Equal("query: expected rows after 1, got a page that ends there; the pass would never end", (await host.Client.ListShardsAsync("numbers", new())).Items.Single().Error);
    }

    sealed class Stuck : IPollingHandler<long>
    {
        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds("9"));
        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) => new([1L]);
        public Cursor CursorOf(long row) => Cursor.At(row);
        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }

    [StoreFact]
    public async Task Cancelling_a_round_stops_its_shards_and_the_next_begins_anew()
    {
        var started = new TaskCompletionSource();
        var hold = true;
        var numbers = new Numbers(5)
        {
            Process = async (_, _, cancellationToken) =>
            {
                started.TrySetResult();
                if (Volatile.Read(ref hold)) await Task.Delay(Timeout.Infinite, cancellationToken);
                return [];
            },
        };
        await using var host = await StartAsync(services => services.AddPolling("numbers", numbers));
        await host.Client.CreateTaskAsync(Definition(tables: "t_{0..3}"));
        var first = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.Client.CancelExecutionAsync(first);
        var cancelled = await host.Client.WaitForExecutionAsync(first);
        Assert.Equal((ExecutionStatus.Cancelled, 0L), (cancelled.Status, cancelled.Rows));
        Assert.All((await host.Client.ListShardsAsync("numbers", new())).Items, shard => Assert.Equal(ShardStatus.Cancelled, shard.Status));

        Volatile.Write(ref hold, false);
        var second = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("numbers")).ExecutionId);
        Assert.Equal((ExecutionStatus.Succeeded, 20L), (second.Status, second.Rows));
    }

    [StoreFact]
    public async Task A_stopped_host_goes_on_where_it_was_and_repeats_nothing()
    {
        var (half, stopping) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var stopped = false;
        var numbers = new Numbers(200)
        {
            Process = async (_, _, cancellationToken) =>
            {
                await Task.Yield();
                if (Volatile.Read(ref stopped)) return [];
                if (stopping.Task.IsCompleted) await Task.Delay(Timeout.Infinite, cancellationToken); // however late the stop comes, the rest is not done by then
                if (half.Task.IsCompleted) await stopping.Task; // and these end in it
                return [];
            },
        };
        numbers.Query = _ => { if (numbers.Seen.Count > 800) half.TrySetResult(); };
        string id;
        await using (var first = await StartAsync(services => services.AddPolling("numbers", numbers), options => options.Limits(limits => limits with { Slots = 4 })))
        {
            await first.Client.CreateTaskAsync(Definition(tables: "t_{0..9}"));
            id = (await first.Client.TriggerTaskAsync("numbers")).ExecutionId;
            await half.Task.WaitAsync(TimeSpan.FromSeconds(30));
            first.Stopping.Register(stopping.SetResult);
        }
        Volatile.Write(ref stopped, true);
        var before = numbers.Seen.Count;
        Assert.InRange(before, 800, 1999);
        await using var second = await StartAsync(services => services.AddPolling("numbers", numbers));
        var ended = await second.Client.WaitForExecutionAsync(id);
        Assert.Equal((ExecutionStatus.Succeeded, 2000L, 1L), (ended.Status, ended.Rows, ended.Sequence));
        Assert.Equal(2000, numbers.Seen.Count);
        Assert.Equal(2000, numbers.Seen.Select(each => (each.Shard, each.Key)).Distinct().Count());
    }

    [StoreTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_handler_did_of_the_page_that_a_stop_cut_short_is_not_repeated(bool heeds)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var numbers = new Numbers(30);
        numbers.Process = async (_, batch, cancellationToken) =>
        {
            if (!batch.Rows.Contains(20) || began.Task.IsCompleted) return [];
            var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registered = cancellationToken.Register(told.SetResult);
            began.SetResult();
            await told.Task;
            if (heeds) cancellationToken.ThrowIfCancellationRequested();
            return []; // nobody waits for it any more, and it is done all the same
        };
        string id;
        await using (var first = await StartAsync(services => services.AddPolling("numbers", numbers)))
        {
            await first.Client.CreateTaskAsync(Definition(batchSize: 5));
            id = (await first.Client.TriggerTaskAsync("numbers")).ExecutionId;
            await began.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        Assert.Equal(heeds ? 15 : 20, numbers.Seen.Count);
        await using var second = await StartAsync(services => services.AddPolling("numbers", numbers));
        var ended = await second.Client.WaitForExecutionAsync(id);
        Assert.Equal((ExecutionStatus.Succeeded, 30L), (ended.Status, ended.Rows));
        Assert.Equal(Enumerable.Range(1, 30).Select(each => (long)each), numbers.Seen.Select(each => each.Key));
    }
}
