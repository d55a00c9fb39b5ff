namespace Scheduler.Client;

public sealed partial class HttpSchedulerClient
{
    /// <inheritdoc/>
    public Task<ShardsResult> PauseShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ShardsResult>(HttpMethod.Post, Path.Of("tasks", name, "shards/pause"), selection ?? new(), cancellationToken);

    /// <inheritdoc/>
    public Task<ShardsResult> ResumeShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ShardsResult>(HttpMethod.Post, Path.Of("tasks", name, "shards/resume"), selection ?? new(), cancellationToken);

    /// <inheritdoc/>
    public Task<ShardsResult> RewindShardsAsync(string name, RewindRequest request, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ShardsResult>(HttpMethod.Post, Path.Of("tasks", name, "shards/rewind"), request, cancellationToken);

    /// <inheritdoc/>
    public Task<TriggerResult> RetryExecutionAsync(string id, string? by = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TriggerResult>(HttpMethod.Post, Path.Of("executions", id, "retry"), new RetryRequest { By = by }, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<DeadLetterView>> ListDeadLettersAsync(string name, DeadLetterQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<DeadLetterView>>(HttpMethod.Get, Path.Of("tasks", name, "deadLetters").With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public Task<ReplayResult> ReplayDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ReplayResult>(HttpMethod.Post, Path.Of("tasks", name, "deadLetters/replay"), selection ?? new(), cancellationToken);

    /// <inheritdoc/>
    public Task<DiscardResult> DiscardDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<DiscardResult>(HttpMethod.Post, Path.Of("tasks", name, "deadLetters/discard"), selection ?? new(), cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> QuarantineDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Post, Path.Of("tasks", name).Then("databases", database, "quarantine"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> ReleaseDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Post, Path.Of("tasks", name).Then("databases", database, "release"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<WhyView> WhyTaskAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync<WhyView>(HttpMethod.Get, Path.Of("tasks", name, "why"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<WhyView> WhyExecutionAsync(string id, CancellationToken cancellationToken = default) =>
        connection.SendAsync<WhyView>(HttpMethod.Get, Path.Of("executions", id, "why"), null, cancellationToken);

    /// <inheritdoc/>
    public ISchedulerClient ForTenant(string tenant) => Tenant.IsName(tenant) ? new HttpSchedulerClient(http, tenant) : throw Tenant.NoName(tenant);

    /// <inheritdoc/>
    public Task<TenantView> GetTenantAsync(string tenant, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TenantView>(HttpMethod.Get, Tenant.PathOf(tenant), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> ChangeTenantAsync(string tenant, TenantSettings settings, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TenantView>(HttpMethod.Put, Tenant.PathOf(tenant), settings, cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> PauseTenantAsync(string tenant, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TenantView>(HttpMethod.Post, Tenant.PathOf(tenant, "pause"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> ResumeTenantAsync(string tenant, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TenantView>(HttpMethod.Post, Tenant.PathOf(tenant, "resume"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<PauseView> PauseEverythingAsync(CancellationToken cancellationToken = default) => connection.SendAsync<PauseView>(HttpMethod.Post, "pause", null, cancellationToken);

    /// <inheritdoc/>
    public Task<PauseView> ResumeEverythingAsync(CancellationToken cancellationToken = default) => connection.SendAsync<PauseView>(HttpMethod.Post, "resume", null, cancellationToken);

    /// <inheritdoc/>
    public Task<NodeView> DrainNodeAsync(string id, CancellationToken cancellationToken = default) =>
        connection.SendAsync<NodeView>(HttpMethod.Post, Path.Of("nodes", id, "drain"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<NodeView> UndrainNodeAsync(string id, CancellationToken cancellationToken = default) =>
        connection.SendAsync<NodeView>(HttpMethod.Post, Path.Of("nodes", id, "undrain"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<NodeView>>(HttpMethod.Get, "nodes", null, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SchedulerEvent> WatchEventsAsync(CancellationToken cancellationToken = default) => connection.WatchAsync<SchedulerEvent>("events", cancellationToken);
}
