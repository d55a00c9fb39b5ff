namespace Scheduler;

public partial interface ISchedulerClient
{
    /// <summary>Pauses shards: they are not run, and no round waits for them. A page under way is cancelled; the shard keeps its cursor.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="selection">Which of them; null: all.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <returns>How many shards were meant, those included that were paused already.</returns>
    /// <exception cref="SchedulerException">There is no such task, database or table, or the task does not poll.</exception>
    Task<ShardsResult> PauseShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default);

    /// <summary>Lets paused shards run again: in the round that is under way from where they stand, else in the next.</summary>
    /// <inheritdoc cref="PauseShardsAsync"/>
    Task<ShardsResult> ResumeShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default);

    /// <summary>Has the next round of shards begin elsewhere.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="request">Where to, and which shards.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">There is no such task, database or table, it does not poll, the place is none of its mode's, or a round is under way.</exception>
    Task<ShardsResult> RewindShardsAsync(string name, RewindRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a new execution in place of one that did not end well. Of a polling task it runs just those shards that failed or were cancelled
    /// in that round, from where they stopped; a shard that a later round has begun is that round's.
    /// </summary>
    /// <param name="id">The execution that ended.</param>
    /// <param name="by">Who asks, for the new execution's record; at most 127 characters.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">There is no such execution, it has not ended or has ended well, or nothing of it is left to retry.</exception>
    Task<TriggerResult> RetryExecutionAsync(string id, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>Rows of the task that were put aside, the oldest first.</summary>
    /// <exception cref="SchedulerException">There is no such task, or it does not poll.</exception>
    Task<Page<DeadLetterView>> ListDeadLettersAsync(string name, DeadLetterQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads rows that were put aside again, each at its cursor, and has the handler process them in this call, one by one. Those that succeed are
    /// removed, the others keep their new error.
    /// </summary>
    /// <param name="name">The task's name.</param>
    /// <param name="selection">Which of them; null: the oldest 1,000.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <exception cref="SchedulerException">There is no such task or dead letter, it does not poll, or its handler is not in the process that answers.</exception>
    Task<ReplayResult> ReplayDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default);

    /// <summary>Forgets rows that were put aside.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="selection">Which of them; null: all.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">There is no such task or dead letter, or it does not poll.</exception>
    Task<DiscardResult> DiscardDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Keeps a database from being read: pages under way end, no other begins until it is released. A round waits for its shards in that
    /// database, as long as the task's timeout lets it.
    /// </summary>
    /// <exception cref="SchedulerException">There is no such task or database, or the task does not poll.</exception>
    Task<TaskView> QuarantineDatabaseAsync(string name, string database, CancellationToken cancellationToken = default);

    /// <summary>Lets a database be read again. One that is not in quarantine stays as it is.</summary>
    /// <inheritdoc cref="QuarantineDatabaseAsync"/>
    Task<TaskView> ReleaseDatabaseAsync(string name, string database, CancellationToken cancellationToken = default);

    /// <summary>Why the task does not run now, or not all of it.</summary>
    /// <exception cref="SchedulerException">There is no such task.</exception>
    Task<WhyView> WhyTaskAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Why the execution does not run now, or not all of it.</summary>
    /// <exception cref="SchedulerException">There is no such execution.</exception>
    Task<WhyView> WhyExecutionAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The client that speaks for another tenant: it sees that one's tasks and executions, and no others. A tenant needs no making; one that is unknown has none.</summary>
    /// <exception cref="SchedulerException">That is no name of a tenant: 1 to 127 of letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, the first a letter or digit.</exception>
    ISchedulerClient ForTenant(string tenant);

    /// <summary>How a tenant stands. One of which nothing was ever said is neither paused nor limited.</summary>
    /// <exception cref="SchedulerException">That is no name of a tenant.</exception>
    Task<TenantView> GetTenantAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>Changes what holds for a tenant. A limit holds for executions that begin from now on; those that run already do not count.</summary>
    /// <exception cref="SchedulerException">That is no name of a tenant, or the settings are invalid.</exception>
    Task<TenantView> ChangeTenantAsync(string tenant, TenantSettings settings, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stops all schedules of a tenant, within two seconds on every node: what is due meanwhile is dropped, as while a task is paused, and triggers are
    /// refused. Open executions go on.
    /// </summary>
    /// <exception cref="SchedulerException">That is no name of a tenant.</exception>
    Task<TenantView> PauseTenantAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>Lets a tenant's schedules go on; tasks that are paused themselves stay so.</summary>
    /// <exception cref="SchedulerException">That is no name of a tenant.</exception>
    Task<TenantView> ResumeTenantAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="PauseTenantAsync"/>, for all tenants.</summary>
    Task<PauseView> PauseEverythingAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends that; tenants and tasks that are paused themselves stay so.</summary>
    Task<PauseView> ResumeEverythingAsync(CancellationToken cancellationToken = default);

    /// <summary>Has a node begin nothing more, within two seconds: pages and runs under way end, and what waits for a slot of it waits.</summary>
    /// <exception cref="SchedulerException">There is no such node.</exception>
    Task<NodeView> DrainNodeAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Has it begin again.</summary>
    /// <exception cref="SchedulerException">There is no such node.</exception>
    Task<NodeView> UndrainNodeAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The processes that run handlers, by id; those that have not been seen for the history's retention are gone.</summary>
    Task<Page<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// What happens from now on in the process that answers, as it happens, until the wait is cancelled. It is not kept: a reader that is too slow
    /// misses the oldest (see <see cref="SchedulerEvent.Id"/>), and who needs to know everything asks for executions.
    /// </summary>
    /// <exception cref="SchedulerException">The scheduler cannot be reached, or not any more.</exception>
    IAsyncEnumerable<SchedulerEvent> WatchEventsAsync(CancellationToken cancellationToken = default);
}
