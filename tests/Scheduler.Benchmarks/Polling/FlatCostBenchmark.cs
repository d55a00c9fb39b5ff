using System.Diagnostics;

namespace Scheduler.Benchmarks.Polling;

/// <summary>What a shard costs where the source costs nothing, as the shards of a task become many; and what a shard and a task keep in memory while they rest.</summary>
static class FlatCostBenchmark
{
    const int Tables = 100, MemoryTasks = 1000;

    public static async Task RunAsync(bool quick)
    {
        await MemoryOfTasksAsync(); // first, while nothing else is in memory
        await MeasureAsync(40); // compiles, warms
        var few = await MeasureAsync(400);
        var many = await MeasureAsync(4_000);
        Report.Ratio("flat_cost_4000_shards", few / many, 0.8);
        if (!quick) Report.Ratio("flat_cost_40000_shards", few / await MeasureAsync(40_000), 0.8);
    }

    /// <summary>Seconds for each shard of a round of two pages a shard, after a first round that makes the shards.</summary>
    static async Task<double> MeasureAsync(int shards)
    {
        await using var host = await EmbeddedHost.StartAsync(services => services.AddPolling("numbers", new Numbers()));
        var before = Heap.Bytes();
        await host.Client.CreateTaskAsync(new()
        {
            Name = "numbers",
            Handler = new()
            {
                Polling = new()
                {
                    Handler = "numbers", PageSize = Numbers.PageSize,
                    Shards = new() { List = [.. from shard in Enumerable.Range(0, shards) select new ShardName($"d_{shard / Tables:D4}", $"t_{shard % Tables:D3}")] },
                },
            },
        });
        var first = await SecondsAsync(host);
        var rounds = Math.Max(1, 4_000 / shards); // a round of few is too short to be measured alone
        var seconds = 0.0;
        for (var round = 0; round < rounds; round++) seconds += await SecondsAsync(host) / rounds;
        Report.Note($"  {shards,6:N0} shards: first round {first:N2} s, then {seconds:N2} s, {seconds / shards * 1e6:N0} µs/shard");
        if (shards >= 4_000) Report.Figure($"memory_per_resting_shard_of_{shards}", (double)(Heap.Bytes() - before) / shards, "bytes");
        return seconds / shards;
    }

    static async Task<double> SecondsAsync(EmbeddedHost host)
    {
        var clock = Stopwatch.StartNew();
        await host.Client.RoundAsync("numbers");
        return clock.Elapsed.TotalSeconds;
    }

    static async Task MemoryOfTasksAsync()
    {
        await using var host = await EmbeddedHost.StartAsync(services => services.AddPolling("numbers", new Numbers()));
        await CreateAsync("first"); // what is made once is not the tasks'
        var before = Heap.Bytes();
        for (var task = 0; task < MemoryTasks; task++) await CreateAsync($"task-{task}");
        Report.Figure("memory_per_task", (double)(Heap.Bytes() - before) / MemoryTasks, "bytes");

        Task CreateAsync(string name) => host.Client.CreateTaskAsync(new()
        {
            Name = name,
            Schedule = new() { Cron = "0 0 3 * * ?" },
            Handler = new() { Polling = new() { Handler = "numbers", Shards = new() { List = [new("d", "t")] } } },
        });
    }

    /// <summary>Every shard has the numbers from 1 to a page and a half.</summary>
    sealed class Numbers : IPollingHandler<long>
    {
        public const int PageSize = 100;
        const int Highest = PageSize * 3 / 2;

        static readonly long[] all = [.. Enumerable.Range(1, Highest)];

        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds("150"));

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
        {
            var from = (int)after.KeyAsInt64(before: 0);
            return new(new ArraySegment<long>(all, from, Math.Min(limit, Highest - from)));
        }

        public Cursor CursorOf(long row) => Cursor.At(row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }
}
