using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Scheduler.Cluster.Grains;
using Scheduler.Running;
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
            for (var tries = 0; ; tries++)
            {
                try
                {
                    return (await client.TriggerTaskAsync("t", new() { IdempotencyKey = $"key-{trigger}" })).ExecutionId;
                }
                catch (SchedulerException conflict) when (conflict.Kind == SchedulerErrorKind.Unavailable && tries < 50)
                {
                    // Which of the two wrote is known; whoever asked asks again.
                }
            }
        }));
        Assert.Equal(20, made.Distinct().Count());
        Assert.Equal(made.Order(), (await one.Client.ListExecutionsAsync(new() { Task = "t" })).Items.Select(each => each.Id).Order());
        var task = await store.FindTaskAsync("default", "t", default);
        Assert.Equal(20, task!.State.Sequence);
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
