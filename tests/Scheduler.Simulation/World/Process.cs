using System.Collections.Immutable;
using Scheduler.Client;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>One life of a node: everything that is gone when it crashes.</summary>
sealed class Process
{
    readonly StoreLink link;
    readonly HashSet<Process> known = [];

    public Process(Simulation simulation, string id)
    {
        (Simulation, Id) = (simulation, id);
        var random = simulation.Random.Fork();
        Lane = new(simulation.World, id);
        var drift = simulation.Faults.RateOf(FaultKind.ClockDrifts);
        if (drift > 0) simulation.Faults.Count(FaultKind.ClockDrifts);
        Time = new(simulation.World, Lane, random.Fork(), 1 + drift * (2 * random.Unit() - 1)) { WallOffset = simulation.Faults.Has(FaultKind.ClockSteps) ? random.Seconds(-30, 30) : TimeSpan.Zero };
        link = new(simulation, this, simulation.Mutant.Shared(simulation.Store));
        Limits = simulation.Limits with { Time = Time };
        Handlers = new(simulation, this, random.Fork());
        Node = new(new NodePorts
        {
            Id = id,
            Store = simulation.Mutant.Store(this, link),
            Handlers = simulation.Mutant.Handlers(this, Handlers),
            Background = new LaneBackground(Lane),
            Random = simulation.Mutant.Random(this, new SimRandom(random)),
            Limits = Limits,
            Logs = new LogBook(simulation, id),
            Deciders = simulation.Coverage.Watch(simulation.Mutant.Deciders(this, Deciders.Of(Limits))),
            Peers = node => simulation.Mutant.Peers(this, new Members(node, () => Alive)),
            Router = node => simulation.Mutant.Router(this, new ClusterRouter(simulation, this, Local = new LocalRouter(node))),
        });
        Watch = new(Node, Local);
        Client = new(() => Node);
    }

    public Simulation Simulation { get; }
    public string Id { get; }
    public Lane Lane { get; }
    public SimTime Time { get; }
    public NodeLimits Limits { get; }
    public SimHandlers Handlers { get; }
    public Node Node { get; }
    public LocalRouter Local { get; private set; } = null!;
    public Watch Watch { get; }
    public DirectClient Client { get; }

    public bool IsDead => Lane.Dead;

    /// <summary>The processes that this one takes for alive; entities live where it says.</summary>
    public ImmutableArray<Process> View
    {
        get;
        set
        {
            (field, Alive) = (value, value.Select(each => each.Id).ToImmutableSortedSet(StringComparer.Ordinal));
            known.UnionWith(value);
        }
    } = [];

    /// <summary>Whether this one ever took it for alive: of one that has just come it does not know yet.</summary>
    public bool HasKnown(Process other) => known.Contains(other);

    /// <summary>Their ids.</summary>
    public ImmutableSortedSet<string> Alive { get; private set; } = [];

    /// <summary>When the last beat that succeeded was sent.</summary>
    public TimeSpan? LastBeat { get; set; }

    /// <summary>When it last went on after a pause.</summary>
    public TimeSpan ResumedAt { get; set; } = TimeSpan.FromDays(-1);

    public bool IsCut
    {
        get => link.IsCut;
        set => link.IsCut = value;
    }

    public override string ToString() => Id;
}

sealed class LaneBackground(Lane lane) : IBackground
{
    public void Start(Func<Task> work) => lane.Start(work);
}

sealed class SimRandom(Prng random) : IRandom
{
    public long NextId() => Math.Max(1, (long)(random.Next() >> 1));

    public double NextDouble() => random.Unit();
}
