using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Scheduler.Cluster.Tests;

/// <summary>Rounds over shards, and what becomes of them when silos come and go.</summary>
public sealed class RoundTests(ITestOutputHelper output)
{
    const int Shards = 60;

    static readonly TaskDefinition orders = new()
    {
        Name = "orders",
        Handler = new() { Polling = new() { Handler = "numbers", PageSize = 10, Shards = new() { Databases = "db_{0..5}", Tables = "t_{0..9}" } } },
    };

    /// <summary>Rows as each silo has processed them, and how long a page takes.</summary>
    sealed class Work(long rows)
    {
        readonly ConcurrentDictionary<int, Numbers> bySilo = [];

        public TimeSpan PageTakes { get; set; }

        public void AddTo(int silo, IServiceCollection services)
        {
            var numbers = bySilo[silo] = new(rows) { Process = (_, stop) => Task.Delay(PageTakes, stop) };
            services.AddPolling("numbers", numbers);
        }

        public IEnumerable<(string Shard, long Key, long Token)> Seen => bySilo.Values.SelectMany(each => each.Seen);

        public int SeenBy(int silo) => bySilo.TryGetValue(silo, out var numbers) ? numbers.Seen.Count : 0;

        public int Distinct => Seen.Select(each => (each.Shard, each.Key)).Distinct().Count();

        /// <summary>Rows that were processed more than once.</summary>
        public int Repeated => Seen.GroupBy(each => (each.Shard, each.Key)).Count(each => each.Count() > 1);
    }

    [Fact]
    public async Task A_round_is_spread_over_the_silos_and_reads_each_row_once()
    {
        var work = new Work(rows: 35) { PageTakes = TimeSpan.FromMilliseconds(5) };
        await using var silos = await Silos.StartAsync(3, work.AddTo);
        await silos.Client.CreateTaskAsync(orders);
        for (var round = 1; round <= 2; round++)
        {
            var execution = await RunAsync(silos);
            Assert.Equal((Shards, Shards, 0), (execution.Items.Total, execution.Items.Completed, execution.Items.Failed));
            Assert.Equal(Shards * 35, execution.Rows);
            var spread = await NodesAsync(silos);
            Assert.Equal([20, 20, 20], spread.Values.Order());
        }
        Assert.Equal((Shards * 35, 2 * Shards * 35), (work.Distinct, work.Seen.Count()));
    }

    [Fact]
    public async Task What_a_killed_silo_ran_goes_on_elsewhere()
    {
        var work = new Work(rows: 100_000) { PageTakes = TimeSpan.FromMilliseconds(20) };
        await using var silos = await Silos.StartAsync(3, work.AddTo, loses: true);
        await silos.Client.CreateTaskAsync(orders);
        await silos.Client.TriggerTaskAsync("orders");
        await UntilSpreadAsync(silos, 3);
        for (var kills = 0; kills < 2; kills++)
        {
            var killed = silos.Cluster.Silos[^1];
            var gone = Silos.NodeOf(killed).Node.Id;
            var lost = (await ShardsAsync(silos)).Where(shard => shard.Node == gone).ToDictionary(shard => (shard.Database, shard.Table), shard => shard.Rows);
            Assert.NotEmpty(lost);
            var began = TimeProvider.System.GetTimestamp();
            await silos.Cluster.KillSiloAsync(killed);
            await Silos.UntilAsync(async () => (await ShardsAsync(silos)).All(shard => !lost.TryGetValue((shard.Database, shard.Table), out var rows) || (shard.Rows > rows && shard.Node != gone)),
                () => "the shards of the silo that was killed to go on elsewhere");
            output.WriteLine($"went on after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s, {work.Repeated} rows were read again"); // the time is the machine's: tests in processes hold it against five seconds
            await UntilSpreadAsync(silos, 2 - kills);
        }
    }

    [Fact]
    public async Task A_silo_that_stops_hands_its_shards_over_at_the_end_of_a_page()
    {
        var work = new Work(rows: 100_000) { PageTakes = TimeSpan.FromMilliseconds(20) };
        await using var silos = await Silos.StartAsync(2, work.AddTo);
        await silos.Client.CreateTaskAsync(orders);
        await silos.Client.TriggerTaskAsync("orders");
        await UntilSpreadAsync(silos, 2);
        var stopped = silos.Cluster.Silos[^1];
        var began = TimeProvider.System.GetTimestamp();
        await silos.Cluster.StopSiloAsync(stopped);
        output.WriteLine($"stopped after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        await UntilSpreadAsync(silos, 1);
        output.WriteLine($"all shards elsewhere after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        var rows = (await ShardsAsync(silos)).ToDictionary(shard => (shard.Database, shard.Table), shard => shard.Rows);
        await Silos.UntilAsync(async () => (await ShardsAsync(silos)).All(shard => shard.Rows > rows[(shard.Database, shard.Table)]), () => "every shard to go on");
        Assert.Equal(0, work.Repeated);
    }

    [Fact]
    public async Task A_silo_that_joins_has_its_share_of_a_round_under_way()
    {
        var work = new Work(rows: 100_000) { PageTakes = TimeSpan.FromMilliseconds(20) };
        await using var silos = await Silos.StartAsync(2, work.AddTo);
        await silos.Client.CreateTaskAsync(orders);
        var execution = (await silos.Client.TriggerTaskAsync("orders")).ExecutionId;
        await UntilSpreadAsync(silos, 2);
        var began = TimeProvider.System.GetTimestamp();
        await silos.Cluster.StartAdditionalSiloAsync();
        await UntilSpreadAsync(silos, 3);
        output.WriteLine($"had its share after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        await Silos.UntilAsync(() => Task.FromResult(work.SeenBy(2) > 0), () => "the silo that joined to process rows");
        Assert.Equal(0, work.Repeated);
        Assert.Equal(ExecutionStatus.Running, (await silos.Client.GetExecutionAsync(execution)).Status);
    }

    [Fact]
    public async Task A_silo_without_the_handler_gets_none()
    {
        var work = new Work(rows: 35);
        await using var silos = await Silos.StartAsync(3, (silo, services) =>
        {
            if (silo != 1) work.AddTo(silo, services);
        });
        await silos.Client.CreateTaskAsync(orders);
        Assert.Equal(Shards * 35, (await RunAsync(silos)).Rows);
        Assert.Equal([30, 30], (await NodesAsync(silos)).Values.Order());
        Assert.Equal((0, Shards * 35), (work.SeenBy(1), work.Distinct));
    }

    [Fact]
    public async Task Where_no_silo_has_the_handler_a_round_waits_and_says_why_and_goes_on_when_one_has()
    {
        var work = new Work(rows: 35);
        await using var silos = await Silos.StartAsync(2, (silo, services) =>
        {
            if (silo > 0) work.AddTo(silo, services);
        });
        await silos.Client.CreateTaskAsync(orders);
        await silos.Cluster.StopSiloAsync(silos.Cluster.Silos[1]);
        var execution = (await silos.Client.TriggerTaskAsync("orders")).ExecutionId;
        await Silos.UntilAsync(async () => (await silos.Client.WhyExecutionAsync(execution)).Reasons.Any(reason => reason.Code == WhyCode.HandlerNotRegistered), () => "it to say what it waits for");
        Assert.False((await silos.Client.WhyTaskAsync("orders")).Runnable);
        Assert.Equal(ExecutionStatus.Running, (await silos.Client.GetExecutionAsync(execution)).Status);
        await silos.Cluster.StartAdditionalSiloAsync();
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(execution)).EndedAt is not null, () => "it to go on");
        Assert.Equal((ExecutionStatus.Succeeded, Shards * 35), ((await silos.Client.GetExecutionAsync(execution)).Status, work.Distinct));
    }

    [Fact]
    public async Task A_silo_that_is_drained_hands_its_shards_over_and_gets_none_until_it_is_undrained()
    {
        var work = new Work(rows: 100_000) { PageTakes = TimeSpan.FromMilliseconds(20) };
        await using var silos = await Silos.StartAsync(2, work.AddTo);
        await silos.Client.CreateTaskAsync(orders);
        var execution = (await silos.Client.TriggerTaskAsync("orders")).ExecutionId;
        await UntilSpreadAsync(silos, 2);
        var (stays, drained) = (silos.Nodes[0].Node.Id, silos.Nodes[1].Node.Id);
        await silos.Client.DrainNodeAsync(drained);
        await Silos.UntilAsync(async () => (await NodesAsync(silos)) is { Count: 1 } spread && spread.ContainsKey(stays), () => "every shard to go on in the silo that is not drained");
        await Silos.UntilAsync(async () => (await silos.Client.ListNodesAsync()).Items.Single(node => node.Id == drained).Status == NodeStatus.Drained, () => "nothing to run in the silo that is drained");
        var before = (Rows: work.SeenBy(1), All: work.Seen.Count());
        await Silos.UntilAsync(() => Task.FromResult(work.Seen.Count() > before.All + 1000), () => "the shards to go on");
        Assert.Equal((before.Rows, 0), (work.SeenBy(1), work.Repeated));

        await silos.Client.CancelExecutionAsync(execution);
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(execution)).EndedAt is not null, () => "the round to end");
        await silos.Client.TriggerTaskAsync("orders");
        await Silos.UntilAsync(async () => (await ShardsAsync(silos)).All(shard => shard is { Status: ShardStatus.Running, Rows: > 0 }), () => "the next round to run");
        Assert.Equal([stays], (await NodesAsync(silos)).Keys);
        Assert.Equal(before.Rows, work.SeenBy(1));
        await silos.Client.UndrainNodeAsync(drained);
        await UntilSpreadAsync(silos, 2);
    }

    [Fact]
    public async Task Where_all_silos_that_have_the_handler_are_drained_a_round_waits_and_says_why()
    {
        var work = new Work(rows: 35);
        await using var silos = await Silos.StartAsync(3, (silo, services) =>
        {
            if (silo > 0) work.AddTo(silo, services);
        });
        await silos.Client.CreateTaskAsync(orders);
        var nodes = silos.Nodes.Skip(1).Select(node => node.Node.Id).Order(StringComparer.Ordinal).ToArray();
        foreach (var node in nodes) await silos.Client.DrainNodeAsync(node);
        var execution = (await silos.Client.TriggerTaskAsync("orders")).ExecutionId;
        WhyView why = null!;
        await Silos.UntilAsync(async () => (why = await silos.Client.WhyExecutionAsync(execution)).Reasons.Any(reason => reason.Code == WhyCode.NodeDraining), () => "it to say what it waits for");
        Assert.Equal((false, $"somebody drains all 2 nodes that have handler \"numbers\" ({string.Join(", ", nodes)}): they begin nothing more until one is undrained; what waits for a slot waits"),
            (why.Runnable, why.Reasons.Single(reason => reason.Code == WhyCode.NodeDraining).Message));
        Assert.Empty(work.Seen);
        await silos.Client.UndrainNodeAsync(nodes[0]);
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(execution)).EndedAt is not null, () => "it to go on");
        Assert.Equal((ExecutionStatus.Succeeded, Shards * 35), ((await silos.Client.GetExecutionAsync(execution)).Status, work.Distinct));
    }

    [Fact]
    public async Task Dead_letters_that_a_drained_silo_is_to_replay_are_replayed_in_another_and_by_none_where_all_are_drained()
    {
        var fails = true;
        var sources = new Numbers[2];
        await using var silos = await Silos.StartAsync(2, (silo, services) => services.AddPolling("numbers", sources[silo] = new Numbers(1) { Process = (_, _) => Volatile.Read(ref fails) ? throw new InvalidOperationException("not now") : Task.CompletedTask }));
        await silos.Client.CreateTaskAsync(new()
        {
            Name = "orders",
            Handler = new() { Polling = new() { Handler = "numbers", DeadLetter = new() { AfterAttempts = 1 }, Shards = new() { Databases = "db", Tables = "t_{0..3}" } } },
        });
        await RunAsync(silos);
        Assert.Equal(4, (await silos.Client.ListDeadLettersAsync("orders", new())).Items.Count);
        Volatile.Write(ref fails, false);
        var (drained, stays) = (silos.Nodes[0], silos.Nodes[1]);
        await silos.Client.DrainNodeAsync(drained.Node.Id);
        await Silos.UntilAsync(() => Task.FromResult(drained.Node.Orders.IsDraining), () => "the silo to know that it is drained");
        var client = silos.Cluster.Silos.First(silo => ReferenceEquals(Silos.NodeOf(silo), drained)).ServiceProvider.GetRequiredService<ISchedulerClient>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var one = (await silos.Client.ListDeadLettersAsync("orders", new())).Items[0].Id;
        Assert.Equal(new ReplayResult(1, 0), await client.ReplayDeadLettersAsync("orders", new() { Ids = [one] }, patience.Token));
        Assert.Equal([0, 1], sources.Select(source => source.Seen.Count).Order());

        await silos.Client.DrainNodeAsync(stays.Node.Id);
        await Silos.UntilAsync(() => Task.FromResult(drained.Node.Orders.IsDrained(stays.Node.Id)), () => "the silo to know that the other is drained too");
        var refusal = await Assert.ThrowsAsync<SchedulerException>(() => client.ReplayDeadLettersAsync("orders", null, patience.Token));
        Assert.Equal((SchedulerErrorKind.Unavailable, $"nothing was replayed: node {drained.Node.Id} is drained, and no other has handler \"numbers\"; undrain one, and ask again"), (refusal.Kind, refusal.Message));
    }

    static async Task<ExecutionView> RunAsync(Silos silos)
    {
        var id = (await silos.Client.TriggerTaskAsync("orders")).ExecutionId;
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(id)).EndedAt is not null, () => "the round to end");
        return await silos.Client.GetExecutionAsync(id);
    }

    static async Task<IReadOnlyList<ShardView>> ShardsAsync(Silos silos) => (await silos.Client.ListShardsAsync("orders", new() { Limit = 1000 })).Items;

    static async Task<Dictionary<string, int>> NodesAsync(Silos silos) =>
        (await ShardsAsync(silos)).Where(shard => shard.Node is not null).GroupBy(shard => shard.Node!).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Waits until all shards run, evenly over just those silos that live.</summary>
    static Task UntilSpreadAsync(Silos silos, int count)
    {
        Dictionary<string, int> spread = [];
        return Silos.UntilAsync(async () =>
        {
            var shards = await ShardsAsync(silos);
            spread = await NodesAsync(silos);
            return shards.All(shard => shard is { Status: ShardStatus.Running, Rows: > 0 }) && spread.Count == count && spread.Values.Max() - spread.Values.Min() <= 1
                && spread.Keys.Order().SequenceEqual(silos.Nodes.Select(node => node.Node.Id).Order());
        }, () => $"{Shards} shards spread over {count} silos, got {string.Join(", ", spread.Select(each => $"{each.Value} at {each.Key}"))}");
    }
}
