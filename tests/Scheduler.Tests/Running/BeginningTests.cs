using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Client;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Storage;
using Scheduler.Tests.Server;
using Xunit;

namespace Scheduler.Tests.Running;

/// <summary>Nodes that come and go while a round begins: its shards are asked one after the other whether they have anything to do.</summary>
public sealed class BeginningTests : IDisposable
{
    readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Shards_leave_a_lost_node_while_others_are_still_asked_and_those_afterwards()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(directory.In("scheduler.db"));
        var source = new Asked();
        await using var services = new ServiceCollection().AddPolling("changes", source).BuildServiceProvider();
        var peers = new OneAfterAnother { Fit = ["n"] };
        ConcurrentQueue<(string Shard, string Node)> moved = [];
        var limits = new NodeLimits { Time = TimeProvider.System };
        var own = Deciders.Of(limits);
        var node = new Node(new()
        {
            Id = "n",
            Store = store,
            Handlers = new HandlerCatalog(services, services.GetServices<HandlerRegistration>()),
            Background = new Pool(),
            Random = new Seeded(),
            Limits = limits,
            Logs = NullLoggerFactory.Instance,
            Peers = _ => peers,
            Deciders = own with
            {
                Shard = (state, command) =>
                {
                    if (command is ShardCommand.Move move) moved.Enqueue((state.Table, move.Node));
                    return own.Shard(state, command);
                },
            },
        });
        var client = new DirectClient(() => node);
        await client.CreateTaskAsync(new()
        {
            Name = "changes",
            Handler = new() { Polling = new() { Handler = "changes", Mode = PollingMode.Incremental, Shards = new() { Databases = "db", Tables = "t_{0..1}" } } },
        });
        var execution = new ExecutionId((await client.TriggerTaskAsync("changes")).ExecutionId);
        await source.Processing.Task.WaitAsync(TimeSpan.FromSeconds(30)); // t_0 runs, t_1 is being asked

        peers.Fit = ["m"];
        await node.Router.AskAsync(execution, new ExecutionCommand.NodesChanged(node.Clock.Now));
        await Eventually.GetAsync("the shard that runs to move", () => Task.FromResult(moved.Contains(("t_0", "m")) ? "moved" : null));
        Assert.DoesNotContain(moved, each => each.Shard == "t_1");

        source.Answer.SetResult();
        await Eventually.GetAsync("the shard that began late to move", () => Task.FromResult(moved.Contains(("t_1", "m")) ? "moved" : null));
        ((LocalRouter)node.Router).AbandonAll("the test ends");
        source.Done.SetResult();
    }

    /// <summary>One row in each table; the second one is slow to say so, and whoever processes a row waits.</summary>
    sealed class Asked : IPollingHandler<long>
    {
        public TaskCompletionSource Processing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool CanReadChanges => true;

        public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
        {
            if (shard.Table == "t_1") await Answer.Task.WaitAsync(cancellationToken);
            return new(null, DateTimeOffset.UnixEpoch.AddDays(1), TimeSpan.FromMilliseconds(1));
        }

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) => new(after.Key is null ? [1L] : []);

        public Cursor CursorOf(long row) => Cursor.At(0, row);

        public async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken)
        {
            Processing.TrySetResult();
            await Done.Task.WaitAsync(cancellationToken);
            return RowFailure.None;
        }
    }

    /// <summary>Nodes that a test names.</summary>
    sealed class OneAfterAnother : IPeers
    {
        public required IReadOnlyList<string> Fit { get; set; }

        public bool IsLeader => true;

        public ValueTask<IReadOnlyList<string>> FitAsync(string handler, CancellationToken cancellationToken) => new(Fit);

        public ValueTask<IReadOnlyDictionary<string, HandlerKind>> KnownAsync(CancellationToken cancellationToken) => new(new Dictionary<string, HandlerKind> { ["changes"] = HandlerKind.Polling });

        public ValueTask SettledAsync(CancellationToken cancellationToken) => default;

        public void Forget()
        {
        }
    }
}
