using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>A deliberate fault around what was shipped; the promises must notice it within so many seeds.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Breaks">What it does wrong.</param>
/// <param name="Seeds">How many seeds it may live.</param>
sealed record Mutant(string Name, string Breaks, int Seeds)
{
    public static Mutant None { get; } = new("none", "nothing", 0);

    public Func<Process, Deciders, Deciders> Deciders { get; init; } = (_, deciders) => deciders;

    /// <summary>Around the store itself, which all processes share.</summary>
    public Func<FakeStore, IStore> Shared { get; init; } = store => store;

    /// <summary>Around one process's way to the store.</summary>
    public Func<Process, IStore, IStore> Store { get; init; } = (_, store) => store;

    public Func<Process, IRouter, IRouter> Router { get; init; } = (_, router) => router;

    public Func<Process, IPeers, IPeers> Peers { get; init; } = (_, peers) => peers;

    public Func<Process, IHandlers, IHandlers> Handlers { get; init; } = (_, handlers) => handlers;

    public Func<Process, IRandom, IRandom> Random { get; init; } = (_, random) => random;

    public delegate Decision<TState, TEffect> Decide<TState, TCommand, TEffect>(TState state, TCommand command, Func<TState, TCommand, Decision<TState, TEffect>> shipped);

    public static Mutant OfTask(string name, string breaks, int seeds, Decide<TaskState, TaskCommand, TaskEffect> decide) =>
        new(name, breaks, seeds) { Deciders = (_, shipped) => shipped with { Task = (state, command) => decide(state, command, shipped.Task) } };

    public static Mutant OfExecution(string name, string breaks, int seeds, Decide<ExecutionState, ExecutionCommand, ExecutionEffect> decide) =>
        new(name, breaks, seeds) { Deciders = (_, shipped) => shipped with { Execution = (state, command) => decide(state, command, shipped.Execution) } };

    public static Mutant OfShard(string name, string breaks, int seeds, Decide<ShardState, ShardCommand, ShardEffect> decide) =>
        new(name, breaks, seeds) { Deciders = (_, shipped) => shipped with { Shard = (state, command) => decide(state, command, shipped.Shard) } };

    public static Mutant OfTenant(string name, string breaks, int seeds, Decide<TenantState, TenantCommand, TenantEffect> decide) =>
        new(name, breaks, seeds) { Deciders = (_, shipped) => shipped with { Tenant = (state, command) => decide(state, command, shipped.Tenant) } };

    public static Mutant OfStore(string name, string breaks, int seeds, Func<Process, IStore, IStore> store) => new(name, breaks, seeds) { Store = store };

    public static Mutant OfSharedStore(string name, string breaks, int seeds, Func<FakeStore, IStore> store) => new(name, breaks, seeds) { Shared = store };

    public static Mutant OfSource(string name, string breaks, int seeds, Func<IPollingSource, IPollingSource> source) => new(name, breaks, seeds) { Handlers = (_, handlers) => new SourceMutant(handlers, source) };
}
