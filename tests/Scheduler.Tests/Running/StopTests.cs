using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Running;

/// <summary>The end of a node.</summary>
public sealed class StopTests : IDisposable
{
    readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_node_leaves_when_its_last_beat_has_arrived()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(directory.In("scheduler.db"));
        await using var services = new ServiceCollection().BuildServiceProvider();
        var (time, background) = (new ManualTime(), new Counted());
        var link = DispatchProxy.Create<IStore, SlowBeats>();
        var slow = (SlowBeats)link;
        slow.Store = store;
        var node = new Node(new()
        {
            Id = "n",
            Store = link,
            Handlers = new HandlerCatalog(services, []),
            Background = background,
            Random = new Seeded(),
            // A stop's patience is by another clock than the node's own, so that it does not end here.
            Limits = new NodeLimits { Time = time, StoreTime = new ManualTime(), LeaseFor = TimeSpan.MaxValue },
            Logs = NullLoggerFactory.Instance,
        });
        var watch = new Watch(node, (LocalRouter)node.Router);
        await watch.StartAsync(default);
        await Eventually.TrueAsync("the lease's first beat", () => slow.Begun >= 2);
        slow.Hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await Eventually.TrueAsync("a beat that is held", () =>
        {
            time.Advance(node.Limits.BeatEvery);
            return slow.Held;
        });

        var stopping = watch.StopAsync();
        await Eventually.TrueAsync("the end of the node's loops", () => background.Running == 0);
        Assert.False(slow.HasLeft);
        slow.Hold.SetResult();
        await stopping.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(slow.HasLeft);
        Assert.Empty(await store.NodesAsync(default));
    }

    /// <summary>A store to which beats are on their way for as long as a test says, whoever waits for them.</summary>
    public class SlowBeats : DispatchProxy
    {
        public IStore Store { get; set; } = null!;

        public TaskCompletionSource? Hold { get; set; }

        public int Begun { get; private set; }

        public bool Held { get; private set; }

        public bool HasLeft { get; private set; }

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            if (method!.Name == nameof(IStore.LeaveAsync)) HasLeft = true;
            return method.Name == nameof(IStore.BeatAsync) ? new ValueTask<DateTimeOffset>(BeatAsync((NodeBeat)arguments![0]!)) : method.Invoke(Store, arguments);
        }

        async Task<DateTimeOffset> BeatAsync(NodeBeat beat)
        {
            Begun++;
            if (Hold is { } hold)
            {
                Held = true;
                await hold.Task;
            }
            return await Store.BeatAsync(beat, default);
        }
    }

    /// <summary>Tells how much of the work that it was given is not over.</summary>
    sealed class Counted : IBackground
    {
        int running;

        public int Running => Volatile.Read(ref running);

        public void Start(Func<Task> work)
        {
            Interlocked.Increment(ref running);
            _ = Task.Run(async () =>
            {
                try
                {
                    await work();
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            });
        }
    }
}
