namespace Scheduler.Cluster;

public sealed partial class ClusterSchedulerClient
{
    /// <inheritdoc/>
    public ISchedulerClient ForTenant(string tenant) => new ClusterSchedulerClient(silo, tenant);

    /// <inheritdoc/>
    public Task<TenantView> GetTenantAsync(string tenant, CancellationToken cancellationToken = default) => ReadAsync<TenantView>([(nameof(tenant), tenant)], cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> ChangeTenantAsync(string tenant, TenantSettings settings, CancellationToken cancellationToken = default) =>
        ChangeAsync<TenantView>([(nameof(tenant), tenant), (nameof(settings), settings)], cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> PauseTenantAsync(string tenant, CancellationToken cancellationToken = default) => ChangeAsync<TenantView>([(nameof(tenant), tenant)], cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> ResumeTenantAsync(string tenant, CancellationToken cancellationToken = default) => ChangeAsync<TenantView>([(nameof(tenant), tenant)], cancellationToken);

    /// <inheritdoc/>
    public Task<PauseView> PauseEverythingAsync(CancellationToken cancellationToken = default) => ChangeAsync<PauseView>([], cancellationToken);

    /// <inheritdoc/>
    public Task<PauseView> ResumeEverythingAsync(CancellationToken cancellationToken = default) => ChangeAsync<PauseView>([], cancellationToken);

    /// <inheritdoc/>
    public Task<NodeView> DrainNodeAsync(string id, CancellationToken cancellationToken = default) => ChangeAsync<NodeView>([(nameof(id), id)], cancellationToken);

    /// <inheritdoc/>
    public Task<NodeView> UndrainNodeAsync(string id, CancellationToken cancellationToken = default) => ChangeAsync<NodeView>([(nameof(id), id)], cancellationToken);
}
