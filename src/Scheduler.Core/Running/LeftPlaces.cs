using Scheduler.Executions;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>
/// Finds executions that have a place in their tenant, or stand in its line, and have ended: their word that they leave was lost. Who asks next would
/// find them too; but where nobody asks they would be seen there for ever.
/// </summary>
sealed class LeftPlaces(Node node)
{
    public async Task FreeAsync(CancellationToken stop)
    {
        for (TenantName? after = null; ;)
        {
            var tenants = await node.Store.TenantsInUseAsync(after, node.Limits.ReadBatch, stop);
            foreach (var tenant in tenants) await FreeAsync(tenant, stop);
            if (tenants.Count < node.Limits.ReadBatch) return;
            after = tenants[^1].State.Name;
        }
    }

    // One read after the other: a line is long where there is much to do, and this can wait. The tenant hears which version of it this is about:
    // one that was written past its back would ignore the word for ever.
    async Task FreeAsync(Stored<TenantState> tenant, CancellationToken stop)
    {
        ExecutionId[] all = [.. tenant.State.Running.Select(each => each.Execution), .. tenant.State.Waiting.Select(each => each.Execution)];
        foreach (var execution in all)
            if (await node.Store.ReadExecutionAsync(execution, stop) is not { State.HasEnded: false }) // purged, it has ended too
                await node.Router.AskAsync(tenant.State.Name, new TenantCommand.Leave(node.Clock.Now, execution), tenant);
    }
}
