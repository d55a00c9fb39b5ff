using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Dispatch;
using Scheduler.Cluster.Benchmarks.Hosts;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>What a task keeps in memory while it waits for its time, and a shard while it waits for a slot: embedded host, one silo.</summary>
static class IdleBenchmark
{
    static readonly TimeSpan settles = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(Run run)
    {
        var count = run.Quick ? 1_000 : 8_000;
        await using var server = await SharedServer.StartAsync(run.Store);
        Report.Note($"idle on {server}: {count:N0} tasks with a schedule, {count:N0} shards of one round that wait for a slot; GC heap of the process, before and after");
        foreach (var contender in new[] { Contender.Embedded, Contender.OneSilo })
        {
            await MeasureAsync(contender, server, 500, run.Stop); // what is made once is not theirs
            var (task, shard) = await MeasureAsync(contender, server, count, run.Stop);
            Report.Figure($"idle_task_{contender.Name.Replace(' ', '_')}", task, "bytes");
            Report.Figure($"idle_shard_{contender.Name.Replace(' ', '_')}", shard, "bytes");
        }
    }

    static async Task<(double Task, double Shard)> MeasureAsync(Contender contender, SharedServer server, int count, CancellationToken stop)
    {
        var database = await server.FreshAsync();
        await using var running = await contender.StartAsync(database, (_, services) => services.AddPolling("wait", new Waits()));
        await Task.Delay(settles, stop);

        var before = Heap.Bytes();
        await Concurrent.ForAsync(count, 32, i => running.Client.CreateTaskAsync(Polls($"task-{i}", 1) with { Schedule = new() { Cron = "0 0 3 * * ?" } })).WaitAsync(stop);
        await Task.Delay(settles, stop);
        var task = (double)(Heap.Bytes() - before) / count;
        var tasks = await GrainsAsync(running, "scheduler.task");

        await running.Client.CreateTaskAsync(Polls("polls", count), stop);
        before = Heap.Bytes();
        await running.Client.TriggerTaskAsync("polls", cancellationToken: stop);
        while ((await database.ReadAsync("SELECT count(*) FROM schedule_task_item WHERE node IS NOT NULL", row => row.GetInt64(0)))[0] < count) await Task.Delay(50, stop);
        await Task.Delay(settles, stop);
        var shard = (double)(Heap.Bytes() - before) / count;
        Report.Note($"  {contender.Name,-14} {count,6:N0} of each: {task,6:N0} bytes a task{tasks}, {shard,6:N0} bytes a shard{await GrainsAsync(running, "scheduler.shard")}");
        return (task, shard);
    }

    /// <summary>How many there are in memory, as Orleans counts them.</summary>
    static async Task<string> GrainsAsync(RunningHost running, string type) => running.Grains is not { } grains ? ""
        : $" ({(await grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics()).Count(grain => grain.GrainId.Type.ToString() == type):N0} grains)";

    static TaskDefinition Polls(string name, int shards) => new()
    {
        Name = name,
        Handler = new() { Polling = new() { Handler = "wait", Shards = new() { List = [.. from shard in Enumerable.Range(0, shards) select new ShardName($"d_{shard / 100:D4}", $"t_{shard % 100:D2}")] } } },
    };

    /// <summary>Keeps its slot, so that all others wait for one.</summary>
    sealed class Waits : IPollingHandler<long>
    {
        public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new("0");
        }

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) => new((IReadOnlyList<long>)[]);

        public Cursor CursorOf(long row) => Cursor.At(row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken) => new(RowFailure.None);
    }
}
