using Scheduler.Definitions;
using Scheduler.Tenants;

namespace Scheduler.Client;

public sealed partial class DirectClient
{
    /// <summary>The highest limit that there is: those who run stand in the tenant's row.</summary>
    const int MostAtOnce = 1000;

    /// <inheritdoc/>
    public ISchedulerClient ForTenant(string tenant) => new DirectClient(current, Checked(tenant).Value, others);

    /// <inheritdoc/>
    public async Task<TenantView> GetTenantAsync(string tenant, CancellationToken cancellationToken = default) => await ViewAsync(Checked(tenant), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> ChangeTenantAsync(string tenant, TenantSettings settings, CancellationToken cancellationToken = default) => settings.Limit is < 1 or > MostAtOnce
        ? throw new SchedulerException([new("limit", $"expected 1 to {MostAtOnce}, got {settings.Limit}")])
        : TellAsync(Checked(tenant), new TenantCommand.SetLimit(Node.Clock.Now, settings.Limit), cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> PauseTenantAsync(string tenant, CancellationToken cancellationToken = default) => TellAsync(Checked(tenant), new TenantCommand.Pause(Node.Clock.Now), cancellationToken);

    /// <inheritdoc/>
    public Task<TenantView> ResumeTenantAsync(string tenant, CancellationToken cancellationToken = default) => TellAsync(Checked(tenant), new TenantCommand.Resume(Node.Clock.Now), cancellationToken);

    /// <inheritdoc/>
    public async Task<PauseView> PauseEverythingAsync(CancellationToken cancellationToken = default) =>
        new((await TellAsync(TenantName.Everything, new TenantCommand.Pause(Node.Clock.Now), cancellationToken)).PausedAt);

    /// <inheritdoc/>
    public async Task<PauseView> ResumeEverythingAsync(CancellationToken cancellationToken = default) =>
        new((await TellAsync(TenantName.Everything, new TenantCommand.Resume(Node.Clock.Now), cancellationToken)).PausedAt);

    /// <inheritdoc/>
    public Task<NodeView> DrainNodeAsync(string id, CancellationToken cancellationToken = default) => DrainAsync(id, Node.Clock.Now, cancellationToken);

    /// <inheritdoc/>
    public Task<NodeView> UndrainNodeAsync(string id, CancellationToken cancellationToken = default) => DrainAsync(id, null, cancellationToken);

    async Task<NodeView> DrainAsync(string id, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        if (!await WriteAsync(store => store.DrainAsync(id, since, cancellationToken))) throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no node \"{id}\"");
        await RefreshAsync(cancellationToken);
        var seen = await ReadAsync(store => store.NodesAsync(cancellationToken));
        return seen.FirstOrDefault(each => each.Beat.Id == id) is { } node ? Views.Of(node, Node) : throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no node \"{id}\"");
    }

    async Task<TenantView> TellAsync(TenantName tenant, TenantCommand command, CancellationToken cancellationToken)
    {
        var told = await DurableAsync(Node.Router.AskAsync(tenant, command), cancellationToken);
        await RefreshAsync(cancellationToken); // who asks this node next finds it so; the others hear of it with their next beat
        return await ViewAsync(tenant, told.State, cancellationToken);
    }

    Task RefreshAsync(CancellationToken cancellationToken) => ReadAsync(async _ =>
    {
        await Node.Orders.RefreshAsync(cancellationToken);
        if (others is not null) await others.OrdersChangedAsync(cancellationToken);
        return true;
    });

    async Task<TenantView> ViewAsync(TenantName tenant, TenantState? told, CancellationToken cancellationToken)
    {
        var state = told ?? (await ReadAsync(store => store.ReadTenantAsync(tenant, cancellationToken)))?.State ?? TenantState.New(tenant);
        var everything = tenant == TenantName.Everything ? null : await ReadAsync(store => store.ReadTenantAsync(TenantName.Everything, cancellationToken));
        return new()
        {
            Tenant = tenant.Value,
            PausedAt = state.PausedAt,
            EverythingPausedAt = everything?.State.PausedAt,
            Limit = state.Limit,
            Running = state.Running.Length,
            Waiting = state.Waiting.Length,
        };
    }

    static TenantName Checked(string tenant) => DefinitionCheck.IsName(tenant) ? new(tenant)
        : throw new SchedulerException([new("tenant", $"expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got {(tenant.Length > 200 ? $"{tenant.Length} characters" : $"\"{tenant}\"")}")]);
}
