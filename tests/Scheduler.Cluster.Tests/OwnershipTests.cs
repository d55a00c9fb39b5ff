using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Scheduler.Cluster.Grains;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Storage;

namespace Scheduler.Cluster.Tests;

/// <summary>Who may write an entity: one activation at a time, whatever goes wrong.</summary>
public sealed class OwnershipTests : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("scheduler-ownership-").FullName;
    SchedulerStore store = null!;

    public async Task InitializeAsync() => store = await SchedulerStore.OpenSqliteAsync(Path.Combine(folder, "scheduler.db"));

    public async Task DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Of_two_activations_of_one_task_the_loser_decides_anew_from_what_is_stored()
    {
        // Two clusters that know nothing of each other over one database: each has an activation of its own.
        await using var one = await Silos.StartAsync(1, (_, _) => { }, store: store);
        await using var other = await Silos.StartAsync(1, (_, services) => services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)), store: store);
        await other.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
        var versions = new List<long>();
        for (var turn = 0; turn < 10; turn++)
            foreach (var cluster in new[] { one, other })
                versions.Add((await (turn % 2 == 0 ? cluster.Client.PauseTaskAsync("t") : cluster.Client.ResumeTaskAsync("t"))).Version);
        // The second of each pair finds it paused, or not, as the first has left it: none is decided on what was in memory.
        Assert.Equal(Enumerable.Range(2, 10).SelectMany(version => new[] { (long)version, version }), versions);

        // At the same time: no trigger is lost, none makes two.
        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(async trigger =>
        {
            var client = trigger % 2 == 0 ? one.Client : other.Client;
            string? id = null;
            await Silos.UntilAsync(async () =>
            {
                try
                {
                    id = (await client.TriggerTaskAsync("t", new() { IdempotencyKey = $"key-{trigger}" })).ExecutionId;
                }
                catch (SchedulerException conflict) when (conflict.Kind == SchedulerErrorKind.Unavailable)
                {
                    // Which of the two wrote is known; whoever asked asks again.
                }
                return id is not null;
            }, () => $"trigger {trigger} to be taken");
            return id!;
        }));
        Assert.Equal(20, made.Distinct().Count());
        Assert.Equal(made.Order(), (await one.Client.ListExecutionsAsync(new() { Task = "t" })).Items.Select(each => each.Id).Order());
        var task = await store.FindTaskAsync("default", "t", default);
        Assert.Equal(20, task!.State.Sequence);
    }

    [Fact]
    public async Task Of_two_activations_of_one_shard_the_loser_cancels_its_run_and_every_row_is_processed()
    {
        // As above. Neither waits for the other's lease, so that both run.
        static void NoLease(Hosting.SchedulerClusterOptions options) => options.BePatient(TimeSpan.MaxValue);
        var (held, release) = (new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var loser = new Numbers(30) { Process = async (_, stop) =>
        {
            held.TrySetResult(stop);
            await release.Task; // whatever is asked of it
        } };
        var winner = new Numbers(30);
        await using var one = await Silos.StartAsync(1, (_, services) => services.AddPolling("numbers", loser), NoLease, store);
        await one.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Polling = new() { Handler = "numbers", PageSize = 10, Shards = new() { Databases = "db", Tables = "t" } } } });
        var id = (await one.Client.TriggerTaskAsync("t")).ExecutionId;
        var stop = await held.Task;

        await using var other = await Silos.StartAsync(1, (_, services) => services.AddPolling("numbers", winner), NoLease, store);
        var shard = one.Nodes[0].Residents.All.Single(resident => resident.Id.IsShard).Id.ShardKey;
        other.Nodes[0].Node.Router.Send(shard, new ShardCommand.Woken(DateTimeOffset.UnixEpoch));
        await Silos.UntilAsync(() => Task.FromResult(winner.Seen.Count == 30), () => $"the other activation to process 30 rows, it has {winner.Seen.Count}");
        Assert.False(stop.IsCancellationRequested); // nobody has told it

        release.SetResult(); // it learns when it writes its page
        await Silos.UntilAsync(() => Task.FromResult(stop.IsCancellationRequested), () => "the run of the activation that lost to be cancelled");
        await Silos.UntilAsync(async () => (await other.Client.GetExecutionAsync(id)).EndedAt is not null, () => "the round to end");
        var stored = (await store.ReadShardAsync(shard, default))!.State;
        Assert.Equal((ShardStatus.Completed, 30L), (stored.Status, stored.Rows));
        Assert.True(winner.Seen.All(seen => loser.Seen.All(lost => lost.Token < seen.Token)), "expected the run that began later to have the greater token");
        Assert.Equal(Enumerable.Range(1, 10).Select(key => (long)key), loser.Seen.Select(each => each.Key)); // the page that it was at, and none after it
    }

    [Fact]
    public async Task A_silo_whose_runs_wait_for_another_clusters_silo_says_for_whom()
    {
        var lines = new Lines();
        await using var one = await Silos.StartAsync(1, (_, _) => { }, store: store);
        await using var other = await Silos.StartAsync(1, (_, services) => services.AddSingleton<ILoggerProvider>(lines).AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)),
            options => options.BePatient(TimeSpan.FromSeconds(2)), store);
        await other.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
        var id = (await other.Client.TriggerTaskAsync("t")).ExecutionId;
        await Silos.UntilAsync(() => Task.FromResult(lines.Said.Any(line => line.Contains($"begins nothing as long as node {one.Nodes[0].Node.Id}", StringComparison.Ordinal))), () => $"it to be said, got {string.Join(" | ", lines.Said)}");
        Assert.Equal(ExecutionStatus.Waiting, (await other.Client.GetExecutionAsync(id)).Status);
    }

    /// <summary>What a silo logs.</summary>
    sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_known_for_its_own()
    {
        var losing = Losing.Around(store);
        await using var silos = await Silos.StartAsync(2, (_, services) => services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)), store: losing.Store);
        await silos.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
        losing.Every = 2;
        for (var run = 0; run < 10; run++)
        {
            var id = (await silos.Client.TriggerTaskAsync("t")).ExecutionId;
            await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(id)).Status == ExecutionStatus.Succeeded, () => "it to succeed");
        }
        Assert.True(losing.Lost >= 10, $"expected answers to be lost, {losing.Lost} were");
        Assert.All((await silos.Client.ListExecutionsAsync(new())).Items, execution => Assert.Equal(1, execution.Attempt));
    }

    [Fact]
    public async Task What_is_not_durable_does_not_migrate()
    {
        var losing = Losing.Around(store);
        await using var silos = await Silos.StartAsync(2, (_, services) => services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)), store: losing.Store);
        await silos.Client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
        var before = (await store.FindTaskAsync("default", "t", default))!;
        var grain = silos.Nodes.SelectMany(node => node.Residents.All).Single(resident => resident.Id.Type.ToString() == GrainKeys.Task).Id;
        losing.Refuse = true;
        await Assert.ThrowsAsync<SchedulerException>(() => silos.Client.PauseTaskAsync("t"));
        var from = silos.Cluster.Silos.Single(silo => Silos.NodeOf(silo).Residents.Find(grain) is not null);
        await silos.Cluster.MigrateAsync(grain, silos.Cluster.Silos.Single(silo => silo != from).SiloAddress);
        losing.Refuse = false;
        await Silos.UntilAsync(() => Task.FromResult(Silos.NodeOf(from).Residents.Find(grain) is null), () => "the grain to leave");
        // Had the refused state gone along, there would be nothing to pause.
        Assert.Equal(before.State.Revision + 1, (await silos.Client.PauseTaskAsync("t")).Version);
        Assert.Equal(ScheduledTaskStatus.Paused, (await store.FindTaskAsync("default", "t", default))!.State.Status);
    }

    /// <summary>A store some of whose answers do not arrive.</summary>
    public class Losing : DispatchProxy
    {
        IStore inner = null!;
        int commits, lost;

        public IStore Store { get; private set; } = null!;

        /// <summary>Which commits' answers are lost, though they happened; 0: none.</summary>
        public int Every { get; set; }

        /// <summary>Whether no commit happens.</summary>
        public bool Refuse { get; set; }

        public int Lost => Volatile.Read(ref lost);

        public static Losing Around(IStore inner)
        {
            var store = Create<IStore, Losing>();
            var losing = (Losing)(object)store;
            (losing.inner, losing.Store) = (inner, store);
            return losing;
        }

        protected override object? Invoke(MethodInfo? method, object?[]? arguments) =>
            method!.Name == nameof(IStore.CommitAsync) ? CommitAsync((IReadOnlyList<EntityWrite>)arguments![0]!) : method.Invoke(inner, arguments);

        async ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes)
        {
            if (Refuse) throw new IOException("the connection broke before it");
            var outcomes = await inner.CommitAsync(writes, default);
            if (Every == 0 || Interlocked.Increment(ref commits) % Every != 0) return outcomes;
            Interlocked.Increment(ref lost);
            throw new IOException("the connection broke after it");
        }
    }
}
