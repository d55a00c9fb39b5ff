using Scheduler.Definitions;

namespace Scheduler.Tests.Fakes;

sealed partial class FakeScheduler
{
    readonly Dictionary<string, FakeScheduler> others = [];
    Dictionary<string, TenantView> tenants = []; // one for all of them
    DateTimeOffset? paused;
    string? tenant;
    bool drained;

    public ISchedulerClient ForTenant(string name)
    {
        Named(name);
        lock (gate) return name == (tenant ?? "default") ? this : others.TryGetValue(name, out var known) ? known : others[name] = new() { tenant = name, tenants = tenants };
    }

    public Task<TenantView> GetTenantAsync(string tenant, CancellationToken cancellationToken = default) => Do($"tenant {tenant}", cancellationToken, () => Tenant(tenant));

    public Task<TenantView> ChangeTenantAsync(string tenant, TenantSettings settings, CancellationToken cancellationToken = default) => Do($"changeTenant {tenant} {settings.Limit}", cancellationToken, () =>
        settings.Limit is < 1 or > 1000 ? throw new SchedulerException([new("limit", $"expected 1 to 1000, got {settings.Limit}")]) : tenants[tenant] = Tenant(tenant) with { Limit = settings.Limit });

    public Task<TenantView> PauseTenantAsync(string tenant, CancellationToken cancellationToken = default) => Do($"pauseTenant {tenant}", cancellationToken, () => tenants[tenant] = Tenant(tenant) with { PausedAt = Now });

    public Task<TenantView> ResumeTenantAsync(string tenant, CancellationToken cancellationToken = default) => Do($"resumeTenant {tenant}", cancellationToken, () => tenants[tenant] = Tenant(tenant) with { PausedAt = null });

    public Task<PauseView> PauseEverythingAsync(CancellationToken cancellationToken = default) => Do("pauseEverything", cancellationToken, () => new PauseView(paused = Now));

    public Task<PauseView> ResumeEverythingAsync(CancellationToken cancellationToken = default) => Do("resumeEverything", cancellationToken, () => new PauseView(paused = null));

    public Task<NodeView> DrainNodeAsync(string id, CancellationToken cancellationToken = default) => DrainAsync($"drain {id}", id, true, cancellationToken);

    public Task<NodeView> UndrainNodeAsync(string id, CancellationToken cancellationToken = default) => DrainAsync($"undrain {id}", id, false, cancellationToken);

    Task<NodeView> DrainAsync(string call, string id, bool drain, CancellationToken cancellationToken) => Do(call, cancellationToken, () =>
    {
        if (id != "fake") throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no node \"{id}\"");
        drained = drain;
        return Self();
    });

    NodeView Self() => new()
    {
        Id = "fake", Address = "localhost", Version = "1.0", Status = drained ? NodeStatus.Drained : NodeStatus.Live, StartedAt = Now, LastSeenAt = Now, Slots = new(16, 0), Handlers = [.. Handlers.Keys.Order()],
    };

    TenantView Tenant(string name) => tenants.GetValueOrDefault(Named(name)) ?? new() { Tenant = name, EverythingPausedAt = paused, Running = 0, Waiting = 0 };

    void NotHeld()
    {
        if (tenants.GetValueOrDefault(tenant ?? "default") is { PausedAt: not null }) throw new SchedulerException(SchedulerErrorKind.Conflict, "the tenant is paused");
    }

    static string Named(string name) => DefinitionCheck.IsName(name) ? name : throw new SchedulerException([new("tenant", "expected the name of a tenant, got another text")]);
}
