using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>A state as the store has it.</summary>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <param name="State">The state.</param>
/// <param name="Version">Its optimistic version: 1 for the first.</param>
/// <param name="WriteId">Which write made it so.</param>
public sealed record Stored<TState>(TState State, long Version, long WriteId);

/// <summary>A state to write under its next version.</summary>
/// <param name="ExpectedVersion">The version that the store must have; 0: none, the row is inserted. The row's next version is one more.</param>
/// <param name="WriteId">Unique for each try, so that a write whose answer was lost can be told from another's.</param>
public abstract record EntityWrite(long ExpectedVersion, long WriteId)
{
    /// <summary>A task's write. <paramref name="DefinitionChanged"/>: whether the definition and its calendars are written too.</summary>
    public sealed record OfTask(TaskState State, bool DefinitionChanged, long ExpectedVersion, long WriteId) : EntityWrite(ExpectedVersion, WriteId);

    /// <summary>An execution's write. The seed and its parts are written with the insert alone.</summary>
    public sealed record OfExecution(ExecutionState State, long ExpectedVersion, long WriteId) : EntityWrite(ExpectedVersion, WriteId);

    /// <summary>A tenant's write.</summary>
    public sealed record OfTenant(TenantState State, long ExpectedVersion, long WriteId) : EntityWrite(ExpectedVersion, WriteId);

    /// <summary>A shard's write. Its name is written with the insert alone.</summary>
    public sealed record OfShard(ShardState State, long ExpectedVersion, long WriteId) : EntityWrite(ExpectedVersion, WriteId)
    {
        /// <summary>Rows that are put aside in the same transaction, just where the state is written. One that was put aside before takes its new error.</summary>
        public IReadOnlyList<DeadLetter> DeadLetters { get; init; } = [];
    }
}

/// <summary>What became of a write.</summary>
public enum WriteResult
{
    /// <summary>It is durable.</summary>
    Written = 1,
    /// <summary>The row has another version, or exists already: somebody else wrote.</summary>
    Conflict,
    /// <summary>The row's data cannot be stored (too long, a taken name, …); nothing of it was.</summary>
    Rejected,
}

/// <summary>What became of a write, and why.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Error">Why it was rejected; null otherwise.</param>
public readonly record struct WriteOutcome(WriteResult Result, string? Error = null)
{
    /// <summary>The write is durable.</summary>
    public static WriteOutcome Written => new(WriteResult.Written);

    /// <summary>Somebody else wrote.</summary>
    public static WriteOutcome Conflict => new(WriteResult.Conflict);
}

/// <summary>How a round stands: its shards, and the sums over them.</summary>
/// <param name="Shards">By where they stand; those that are not yet in the round count as idle, those that are gone not at all.</param>
/// <param name="Rows">Rows processed in the round.</param>
/// <param name="Pages">Pages checkpointed in the round.</param>
/// <param name="LastChange">When any of them last changed; null where none is in the round.</param>
public readonly record struct RoundTotals(ShardCounts Shards, long Rows, long Pages, DateTimeOffset? LastChange);

/// <summary>How a round stands in one database.</summary>
public readonly record struct DatabaseTotals(string Database, RoundTotals Totals);

/// <summary>
/// What the scheduler remembers. It compares and sets; no transition of a state happens in it. Every call may fail; a failed
/// <see cref="CommitAsync"/> may have happened all the same. All members may be called at the same time.
/// </summary>
public partial interface IStore
{
    /// <summary>The task; null where there is none.</summary>
    ValueTask<Stored<TaskState>?> ReadTaskAsync(long id, CancellationToken cancellationToken);

    /// <summary>The execution; null where there is none.</summary>
    ValueTask<Stored<ExecutionState>?> ReadExecutionAsync(ExecutionId id, CancellationToken cancellationToken);

    /// <summary>The tenant; null where nothing was ever said of it.</summary>
    ValueTask<Stored<TenantState>?> ReadTenantAsync(TenantName name, CancellationToken cancellationToken);

    /// <summary>The shard; null where there is none.</summary>
    ValueTask<Stored<ShardState>?> ReadShardAsync(ShardKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Writes each state whose row has the expected version, all in one transaction, and answers row by row. A row whose data cannot be
    /// stored is rejected alone: the others are written.
    /// </summary>
    /// <param name="writes">At most one for each entity; any number and mix.</param>
    /// <param name="cancellationToken">Stops the wait; the transaction may have happened.</param>
    /// <returns>One outcome for each write, in their order.</returns>
    ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken);

    /// <summary>Inserts those shards that do not exist; leaves the others as they are.</summary>
    ValueTask InsertShardsAsync(IReadOnlyList<ShardState> shards, CancellationToken cancellationToken);

    /// <summary>Deletes the task's shards of those ids; for tables that are in the definition no more.</summary>
    ValueTask DeleteShardsAsync(long taskId, IReadOnlyList<long> shardIds, CancellationToken cancellationToken);

    /// <summary>Tasks of a bucket that want to be woken before <paramref name="before"/>, the earliest first.</summary>
    ValueTask<IReadOnlyList<Stored<TaskState>>> DueTasksAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken);

    /// <summary>Executions of a bucket that want to be woken before <paramref name="before"/>, the earliest first.</summary>
    ValueTask<IReadOnlyList<Stored<ExecutionState>>> DueExecutionsAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken);

    /// <summary>How many tasks want to be woken at some time, counted no further than <paramref name="most"/>.</summary>
    ValueTask<int> CountSleepersAsync(int most, CancellationToken cancellationToken);

    /// <summary>Executions that have not ended, by id, after <paramref name="after"/> (null: from the first).</summary>
    ValueTask<IReadOnlyList<Stored<ExecutionState>>> OpenExecutionsAsync(ExecutionId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Shards of a task by id, after <paramref name="after"/>, of whatever state.</summary>
    ValueTask<IReadOnlyList<Stored<ShardState>>> ShardsAsync(long taskId, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Shards of a task that are before <paramref name="round"/>, or run in it, and are not gone, by id, after <paramref name="after"/>.</summary>
    ValueTask<IReadOnlyList<Stored<ShardState>>> UnfinishedShardsAsync(long taskId, long round, long after, int limit, CancellationToken cancellationToken);

    /// <summary>How many of <see cref="UnfinishedShardsAsync"/> each node runs, or ran last; under the empty name those that ran on none.</summary>
    ValueTask<IReadOnlyDictionary<string, int>> CountByNodeAsync(long taskId, long round, CancellationToken cancellationToken);

    /// <summary>How a round stands.</summary>
    ValueTask<RoundTotals> CountRoundAsync(long taskId, long round, CancellationToken cancellationToken);

    /// <summary>The living task of that name; null where there is none.</summary>
    ValueTask<Stored<TaskState>?> FindTaskAsync(string tenant, string name, CancellationToken cancellationToken);

    /// <summary>Tasks of a tenant by name, after <paramref name="after"/> (null: from the first). A null status: all but the deleted.</summary>
    ValueTask<IReadOnlyList<Stored<TaskState>>> ListTasksAsync(string tenant, ScheduledTaskStatus? status, string? search, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Shards of a task by database and table, after <paramref name="after"/> (null: from the first).</summary>
    ValueTask<IReadOnlyList<Stored<ShardState>>> ListShardsAsync(long taskId, ShardStatus? status, string? database, ShardName? after, int limit, CancellationToken cancellationToken);

    /// <summary>Executions of a tenant, the latest scheduled first, then by id, after <paramref name="after"/> (null: from the first).</summary>
    ValueTask<IReadOnlyList<Stored<ExecutionState>>> ListExecutionsAsync(ExecutionFilter filter, (DateTimeOffset ScheduledAt, ExecutionId Id)? after, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes executions that ended before <paramref name="endedBefore"/> and that no task waits for, and deleted tasks of which none is left.</summary>
    /// <returns>How many rows were deleted; fewer than <paramref name="limit"/>: there is no more.</returns>
    ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets a node that has ended in order: nothing runs on it any more.</summary>
    ValueTask LeaveAsync(string nodeId, CancellationToken cancellationToken);

    /// <summary>Writes that a node lives, and says the database's time.</summary>
    ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken);
}

/// <summary>Which executions to list.</summary>
/// <param name="Tenant">Of this tenant.</param>
/// <param name="TaskName">Of tasks of this name; null: of all.</param>
/// <param name="Status">Of this status; null: of all.</param>
/// <param name="From">Scheduled at or after it.</param>
/// <param name="To">Scheduled before it.</param>
public sealed record ExecutionFilter(string Tenant, string? TaskName = null, ExecutionStatus? Status = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>A node says that it lives: one row of <c>schedule_node</c>.</summary>
/// <param name="Id">The node; new at each start of a process.</param>
/// <param name="Address">Where people find it.</param>
/// <param name="Version">The product's version.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Slots">Its run slots.</param>
/// <param name="UsedSlots">Those in use.</param>
/// <param name="Handlers">The handlers that it can run.</param>
public sealed record NodeBeat(string Id, string Address, string Version, DateTimeOffset StartedAt, int Slots, int UsedSlots, IReadOnlyList<string> Handlers)
{
    /// <summary>Their kinds; empty where the node's program did not tell them yet.</summary>
    public IReadOnlyDictionary<string, HandlerKind> Kinds { get; init; } = new Dictionary<string, HandlerKind>();

    /// <summary>Whether it runs nothing, and takes over when the active one ends.</summary>
    public bool StandsBy { get; init; }
}
