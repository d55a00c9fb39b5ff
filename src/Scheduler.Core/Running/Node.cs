using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>The four decisions. Tests put faults around them.</summary>
/// <param name="Task">What a task does.</param>
/// <param name="Execution">What an execution does.</param>
/// <param name="Shard">What a shard does.</param>
/// <param name="Tenant">What a tenant does.</param>
public sealed record Deciders(
    Func<TaskState, TaskCommand, Decision<TaskState, TaskEffect>> Task,
    Func<ExecutionState, ExecutionCommand, Decision<ExecutionState, ExecutionEffect>> Execution,
    Func<ShardState, ShardCommand, Decision<ShardState, ShardEffect>> Shard,
    Func<TenantState, TenantCommand, Decision<TenantState, TenantEffect>> Tenant)
{
    /// <summary>The product's own.</summary>
    public static Deciders Of(NodeLimits limits) => new(
        (state, command) => TaskDecider.Decide(state, command, limits.Tasks),
        (state, command) => ExecutionDecider.Decide(state, command, limits.Executions),
        ShardDecider.Decide,
        (state, command) => TenantDecider.Decide(state, command, limits.Tenants));
}

/// <summary>What a host brings to a node.</summary>
public sealed record NodePorts
{
    /// <summary>New at each start of a process.</summary>
    public required string Id { get; init; }
    /// <summary>Where people find the node.</summary>
    public Func<string> Address { get; init; } = () => "localhost";
    /// <summary>What the scheduler remembers.</summary>
    public required IStore Store { get; init; }
    /// <summary>The user's code.</summary>
    public required IHandlers Handlers { get; init; }
    /// <summary>Where work goes.</summary>
    public required IBackground Background { get; init; }
    /// <summary>Random numbers.</summary>
    public required IRandom Random { get; init; }
    /// <summary>The bounds.</summary>
    public required NodeLimits Limits { get; init; }
    /// <summary>Where the node tells what happens.</summary>
    public required ILoggerFactory Logs { get; init; }
    /// <summary>The decisions; null: the product's own.</summary>
    public Deciders? Deciders { get; init; }
    /// <summary>Messages to entities; null: all entities live in this node.</summary>
    public Func<Node, IRouter>? Router { get; init; }
    /// <summary>The other nodes; null: there are none.</summary>
    public Func<Node, IPeers>? Peers { get; init; }
}

/// <summary>A process that decides and runs: everything that its entities share.</summary>
public sealed class Node
{
    readonly Lock gate = new();
    readonly Func<string> address;
    readonly HashSet<string> told = [];
    List<Func<Task>> dirty = [];
    int runs, abandonedRuns;

    /// <summary>Wires a node up; nothing runs until something is told.</summary>
    public Node(NodePorts ports)
    {
        (Id, address, Store, Handlers, Background, Random, Limits) = (ports.Id, ports.Address, ports.Store, ports.Handlers, ports.Background, ports.Random, ports.Limits);
        Deciders = ports.Deciders ?? Deciders.Of(Limits);
        Log = ports.Logs.CreateLogger("Scheduler.Node");
        Clock = new(Limits.Time);
        Reach = new(Limits);
        Slots = new(Limits.Slots);
        Pages = new(Limits.UndurablePages);
        Reports = new(Limits.UndurableRuns);
        Committer = new(Store, Background, Limits);
        Shards = new(this);
        Definitions = new(this);
        Events = new(Clock);
        Calendars = new(this);
        Orders = new(this);
        Sources = new(this);
        Logs = new(this, ports.Logs);
        Peers = ports.Peers is { } peers ? peers(this) : new Alone(this);
        Router = ports.Router is { } router ? router(this) : new LocalRouter(this);
    }

    /// <summary>New at each start of a process.</summary>
    public string Id { get; }
    /// <summary>Where people find it.</summary>
    public string Address => address();
    /// <summary>What the scheduler remembers.</summary>
    public IStore Store { get; }
    /// <summary>The user's code.</summary>
    public IHandlers Handlers { get; }
    /// <summary>Where work goes.</summary>
    public IBackground Background { get; }
    /// <summary>Random numbers.</summary>
    public IRandom Random { get; }
    /// <summary>The bounds.</summary>
    public NodeLimits Limits { get; }
    /// <summary>The decisions.</summary>
    public Deciders Deciders { get; }
    /// <summary>Where it tells what happens.</summary>
    public ILogger Log { get; }
    /// <summary>The time that decisions see.</summary>
    public Clock Clock { get; }
    /// <summary>Whether it reaches the store.</summary>
    public Reach Reach { get; }
    /// <summary>The right to run user code.</summary>
    public Slots Slots { get; }
    /// <summary>The right to have a page that is not durable yet.</summary>
    public Slots Pages { get; }
    /// <summary>The right to report the end of an attempt, until it is durable.</summary>
    public Slots Reports { get; }
    /// <summary>The way to the store.</summary>
    public Committer Committer { get; }
    /// <summary>Messages to entities.</summary>
    public IRouter Router { get; }
    /// <summary>The other nodes.</summary>
    public IPeers Peers { get; }
    /// <summary>Which shards a task has.</summary>
    public ShardSets Shards { get; }
    /// <summary>Definitions that runs go by.</summary>
    public DefinitionCache Definitions { get; }

    /// <summary>Brings calendars to the tasks that go by them.</summary>
    public CalendarWord Calendars { get; }

    /// <summary>What happens, for whoever watches.</summary>
    public EventBus Events { get; }
    /// <summary>What handlers log.</summary>
    public RunLogs Logs { get; }
    /// <summary>What people said of tenants and of this node.</summary>
    public StandingOrders Orders { get; }
    /// <summary>The ways to the databases of polling tasks.</summary>
    internal Sources.SourceGates Sources { get; }

    /// <summary>Whether the node is about to end: what leaves then leaves quietly.</summary>
    public bool Stopping { get; set; }

    /// <summary>Runs under way, those that wait for a slot included.</summary>
    public int Runs => Volatile.Read(ref runs);

    /// <summary>What it says of itself.</summary>
    /// <param name="startedAt">When its process started.</param>
    public NodeBeat Beat(DateTimeOffset startedAt) => new(Id, Address, typeof(Node).Assembly.GetName().Version?.ToString(3) ?? "", startedAt, Slots.Total, Slots.Used, [.. Handlers.Known.Keys]) { Kinds = Handlers.Known };

    internal void RunStarted() => Interlocked.Increment(ref runs);

    internal void RunEnded() => Interlocked.Decrement(ref runs);

    /// <summary>Counts a run that is given up while its code still runs; false: there are too many.</summary>
    internal bool TryAbandonRun()
    {
        if (Interlocked.Increment(ref abandonedRuns) <= Limits.AbandonedRuns) return true;
        Interlocked.Decrement(ref abandonedRuns);
        return false;
    }

    internal void AbandonedRunEnded() => Interlocked.Decrement(ref abandonedRuns);

    /// <summary>Tells something once in the node's life that would otherwise be told for each of thousands of shards.</summary>
    public void TellOnce(string key, Action<ILogger> tell)
    {
        lock (gate) if (told.Count >= 10_000 || !told.Add(key)) return;
        tell(Log);
    }

    /// <summary>Has a lazy decision written after a moment, together with others.</summary>
    public void FlushLater(Func<Task> flush)
    {
        lock (gate)
        {
            dirty.Add(flush);
            if (dirty.Count > 1) return; // its timer runs
        }
        Background.Start(async () =>
        {
            await Task.Delay(Limits.FlushAfter, Limits.Time);
            await FlushAsync();
        });
    }

    /// <summary>Has all lazy decisions written.</summary>
    public Task FlushAsync()
    {
        List<Func<Task>> flushing;
        lock (gate) (flushing, dirty) = (dirty, []);
        return flushing.Select(flush => flush()).AllAsync();
    }
}
