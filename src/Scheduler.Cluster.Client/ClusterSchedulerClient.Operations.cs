namespace Scheduler.Cluster;

public sealed partial class ClusterSchedulerClient
{
    /// <inheritdoc/>
    public Task<ShardsResult> PauseShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default) =>
        RunAsync<ShardsResult>([(nameof(name), name), (nameof(selection), selection)], cancellationToken);

    /// <inheritdoc/>
    public Task<ShardsResult> ResumeShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default) =>
        RunAsync<ShardsResult>([(nameof(name), name), (nameof(selection), selection)], cancellationToken);

    /// <inheritdoc/>
    public Task<ShardsResult> RewindShardsAsync(string name, RewindRequest request, CancellationToken cancellationToken = default) =>
        RunAsync<ShardsResult>([(nameof(name), name), (nameof(request), request)], cancellationToken);

    /// <inheritdoc/>
    public Task<TriggerResult> RetryExecutionAsync(string id, string? by = null, CancellationToken cancellationToken = default) =>
        ChangeAsync<TriggerResult>([(nameof(id), id), (nameof(by), by)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<DeadLetterView>> ListDeadLettersAsync(string name, DeadLetterQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync<Page<DeadLetterView>>([(nameof(name), name), (nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public Task<ReplayResult> ReplayDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default) =>
        RunAsync<ReplayResult>([(nameof(name), name), (nameof(selection), selection)], cancellationToken);

    /// <inheritdoc/>
    public Task<DiscardResult> DiscardDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default) =>
        RunAsync<DiscardResult>([(nameof(name), name), (nameof(selection), selection)], cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> QuarantineDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) =>
        ChangeAsync<TaskView>([(nameof(name), name), (nameof(database), database)], cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> ReleaseDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) =>
        ChangeAsync<TaskView>([(nameof(name), name), (nameof(database), database)], cancellationToken);

    /// <inheritdoc/>
    public Task<WhyView> WhyTaskAsync(string name, CancellationToken cancellationToken = default) => ReadAsync<WhyView>([(nameof(name), name)], cancellationToken);

    /// <inheritdoc/>
    public Task<WhyView> WhyExecutionAsync(string id, CancellationToken cancellationToken = default) => ReadAsync<WhyView>([(nameof(id), id)], cancellationToken);

    /// <inheritdoc/>
    public Task<Page<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default) => ReadAsync<Page<NodeView>>([], cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SchedulerEvent> WatchEventsAsync(CancellationToken cancellationToken = default) => StreamAsync<SchedulerEvent>([], cancellationToken);
}
