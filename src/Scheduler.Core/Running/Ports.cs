using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>Where work goes that is not a turn: runs of user code, reads of many rows. The thread pool, or the simulator's queue.</summary>
public interface IBackground
{
    /// <summary>Starts the work later, never inside this call. What it throws has been seen to by the work itself.</summary>
    void Start(Func<Task> work);
}

/// <summary>Random numbers: write ids, task ids, jitter.</summary>
public interface IRandom
{
    /// <summary>From 1 to 2^63 − 1.</summary>
    long NextId();

    /// <summary>In [0, 1).</summary>
    double NextDouble();
}

/// <summary>The user's code in this process.</summary>
public interface IHandlers
{
    /// <summary>Names and kinds of the handlers that can be run here.</summary>
    IReadOnlyDictionary<string, HandlerKind> Known { get; }

    /// <summary>Runs a code handler once.</summary>
    Task<object?> ExecuteAsync(string handler, TaskContext context, CancellationToken cancellationToken);

    /// <summary>The source behind a polling handler.</summary>
    IPollingSource Polling(string handler);

    /// <summary>The source that a definition names, or that is made from it alone.</summary>
    IPollingSource SourceOf(HandlerDefinition definition) => Polling(definition.HandlerName);

    /// <summary>Holds a valid definition against its sources as they are now, in bounded time.</summary>
    /// <returns>What is wrong; messages end without a full stop.</returns>
    ValueTask<IReadOnlyList<FieldError>> CheckSourcesAsync(HandlerDefinition definition, IReadOnlyList<ShardName> shards, CancellationToken cancellationToken) => new([]);

    /// <summary>The shards that a discovery handler finds.</summary>
    Task<IReadOnlyList<ShardName>> DiscoverAsync(string handler, DiscoveryContext context, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"expected handlers that discover shards, got {GetType().Name}");
}

/// <summary>What an entity answers to a command, once its decision is durable.</summary>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <param name="State">The state after it.</param>
/// <param name="IgnoredBecause">Why it changed nothing; null where it did.</param>
/// <param name="Refused">Why it was refused; null where it was not.</param>
public readonly record struct Told<TState>(TState State, string? IgnoredBecause, Refusal? Refused);

/// <summary>
/// Messages between entities, wherever they are. What is sent may be lost, doubled, late; what is asked fails where it is not known to
/// have been durable. The receiver stamps the command with its own time.
/// </summary>
public interface IRouter
{
    /// <summary>Throws where another process writes, and names it; what is written past the entities asks this first.</summary>
    /// <exception cref="SchedulerException">Another process writes.</exception>
    void ExpectWriter()
    {
    }

    /// <summary>Sends without waiting. Never throws.</summary>
    void Send(long taskId, TaskCommand command);

    /// <summary>Sends without waiting. Never throws.</summary>
    void Send(ExecutionId executionId, ExecutionCommand command);

    /// <summary>Sends without waiting. Never throws. <paramref name="place"/>: the node to load the shard in where it is in none; null: any.</summary>
    void Send(ShardKey shard, ShardCommand command, string? place = null);

    /// <summary>Whether what is sent to the execution now is a call within this process: heard at once, and once.</summary>
    bool IsHere(ExecutionId executionId);

    /// <summary>Whether the task is in this process's memory, so that telling it costs no read.</summary>
    bool Holds(long taskId);

    /// <inheritdoc cref="Holds(long)"/>
    bool Holds(ExecutionId executionId);

    /// <summary>Sends without waiting. Never throws.</summary>
    void Send(TenantName tenant, TenantCommand command);

    /// <summary>Asks, and waits for the durable answer. <paramref name="known"/>: the state as just read, where the asker has it; it saves a read.</summary>
    Task<Told<TaskState>> AskAsync(long taskId, TaskCommand command, Stored<TaskState>? known = null);

    /// <inheritdoc cref="AskAsync(long, TaskCommand, Stored{TaskState}?)"/>
    Task<Told<ExecutionState>> AskAsync(ExecutionId executionId, ExecutionCommand command, Stored<ExecutionState>? known = null);

    /// <inheritdoc cref="AskAsync(long, TaskCommand, Stored{TaskState}?)"/>
    /// <inheritdoc cref="Send(ShardKey, ShardCommand, string?)" path="/summary"/>
    Task<Told<ShardState>> AskAsync(ShardKey shard, ShardCommand command, Stored<ShardState>? known = null, string? place = null);

    /// <inheritdoc cref="AskAsync(long, TaskCommand, Stored{TaskState}?)"/>
    Task<Told<TenantState>> AskAsync(TenantName tenant, TenantCommand command, Stored<TenantState>? known = null);
}
