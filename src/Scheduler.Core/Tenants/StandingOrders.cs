using Scheduler.Running;

namespace Scheduler.Tenants;

/// <summary>What people said of a tenant.</summary>
/// <param name="Tenant">The tenant, or <see cref="TenantName.Everything"/>.</param>
/// <param name="PausedAt">Since when it is paused; null while it is not.</param>
/// <param name="Limit">Executions at once; null: any number.</param>
public sealed record TenantOrder(TenantName Tenant, DateTimeOffset? PausedAt, int? Limit);

/// <summary>What people said that every node goes by.</summary>
/// <param name="Tenants">Tenants that are paused or limited.</param>
/// <param name="Draining">Nodes that are to begin nothing more.</param>
public sealed record Orders(IReadOnlyList<TenantOrder> Tenants, IReadOnlyList<string> Draining);

/// <summary>
/// The orders as a node knows them: it reads them with each beat, so that none of a million tasks has to be told. Until then, two seconds at most,
/// it goes by what it read before.
/// </summary>
public sealed class StandingOrders(Node node)
{
    Dictionary<string, TenantOrder> tenants = [];
    HashSet<string> drained = [];

    /// <summary>Whether this node is to begin nothing more.</summary>
    public bool IsDraining => IsDrained(node.Id);

    /// <summary>Called when other nodes than before are to begin nothing more.</summary>
    public Action DrainsChanged { get; set; } = () => { };

    /// <summary>Whether a node is to begin nothing more.</summary>
    public bool IsDrained(string node) => Volatile.Read(ref drained).Contains(node);

    /// <summary>Reads them now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var orders = await node.Store.OrdersAsync(cancellationToken).AsTask().OrStopAsync(cancellationToken);
        Volatile.Write(ref tenants, orders.Tenants.ToDictionary(order => order.Tenant.Value, StringComparer.Ordinal));
        var before = Interlocked.Exchange(ref drained, orders.Draining.ToHashSet(StringComparer.Ordinal));
        node.Slots.Drain(IsDraining);
        if (!before.SetEquals(orders.Draining)) DrainsChanged();
    }

    /// <summary>Whether a tenant's executions have to ask before they begin.</summary>
    public bool IsLimited(string tenant) => Of(new(tenant))?.Limit is not null;

    /// <summary>Who is paused, that nothing of a tenant may begin; null where it may.</summary>
    public TenantOrder? HoldOf(string tenant) =>
        Of(TenantName.Everything) is { PausedAt: not null } all ? all : Of(new(tenant)) is { PausedAt: not null } own ? own : null;

    /// <summary>Why nothing of a tenant may begin; null where it may.</summary>
    public string? WhyHeld(string tenant) => HoldOf(tenant) is { } hold
        ? $"{(hold.Tenant == TenantName.Everything ? "everything" : $"tenant \"{tenant}\"")} is paused since {hold.PausedAt:O}: nothing begins until it is resumed" : null;

    TenantOrder? Of(TenantName tenant) => Volatile.Read(ref tenants).GetValueOrDefault(tenant.Value);
}
