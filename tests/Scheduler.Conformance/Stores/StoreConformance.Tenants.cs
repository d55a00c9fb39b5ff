using Scheduler.Conformance.Servers;
using Scheduler.Running;
using Scheduler.Tenants;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    [StoreFact]
    public async Task A_tenant_comes_back_as_it_was_written()
    {
        var full = new TenantState
        {
            Name = new("tenant 'x'"), PausedAt = Noon + 3 * Tick, Limit = 7, Arrivals = 1L << 40,
            Running = [new(ExecutionId(1), "key \"k\" 订单", Noon, Noon + Tick), new(ExecutionId(2), null, Noon, Noon)],
            Waiting = [new(ExecutionId(3), "k", 2, -640), new(ExecutionId(4), null, null, 1)],
        };
        Assert.Null(await Store.ReadTenantAsync(full.Name, default));
        Assert.Equal(WriteOutcome.Written, Assert.Single(await Store.CommitAsync([new EntityWrite.OfTenant(full, 0, 11)], default)));
        var read = await Store.ReadTenantAsync(full.Name, default);
        Assert.Equal((Text(full), 1L, 11L), (Text(read!.State), read.Version, read.WriteId));

        var empty = TenantState.New(full.Name);
        Assert.Equal([WriteResult.Conflict, WriteResult.Conflict], [(await Store.CommitAsync([new EntityWrite.OfTenant(empty, 0, 12)], default))[0].Result, (await Store.CommitAsync([new EntityWrite.OfTenant(empty, 2, 13)], default))[0].Result]);
        Assert.Equal(WriteResult.Written, (await Store.CommitAsync([new EntityWrite.OfTenant(empty, 1, 14)], default))[0].Result);
        Assert.Equal(Text(empty), Text((await Store.ReadTenantAsync(full.Name, default))!.State));
    }

    [StoreFact]
    public async Task Tenants_in_which_executions_run_or_wait_are_found_page_by_page()
    {
        TenantState Of(string name) => TenantState.New(new($"in use {name}"));
        await Store.CommitAsync([
            new EntityWrite.OfTenant(Of("c") with { Waiting = [new(ExecutionId(3), "k", 2, 0)] }, 0, 1),
            new EntityWrite.OfTenant(Of("a") with { Running = [new(ExecutionId(1), "k", Noon, Noon)] }, 0, 2),
            new EntityWrite.OfTenant(Of("b") with { Limit = 3, Arrivals = 9 }, 0, 3),
            new EntityWrite.OfTenant(Of("d") with { Running = [new(ExecutionId(2), null, Noon, Noon)] }, 0, 4)], default);
        await Store.CommitAsync([new EntityWrite.OfTenant(Of("d"), 1, 5)], default); // it has left
        var before = new TenantName("in use");
        Assert.Equal(["in use a"], (await Store.TenantsInUseAsync(before, 1, default)).Select(each => each.State.Name.Value));
        Assert.Equal(["in use c"], (await Store.TenantsInUseAsync(new("in use a"), 9, default)).Select(each => each.State.Name.Value).Where(name => name.StartsWith("in use", StringComparison.Ordinal)));
        Assert.Equal(Text(Of("c") with { Waiting = [new(ExecutionId(3), "k", 2, 0)] }), Text((await Store.TenantsInUseAsync(new("in use b"), 1, default)).Single().State));
    }

    [StoreFact]
    public async Task Orders_are_what_was_said_of_tenants_and_nodes()
    {
        await Store.CommitAsync([
            new EntityWrite.OfTenant(TenantState.New(TenantName.Everything) with { PausedAt = Noon }, 0, 1),
            new EntityWrite.OfTenant(TenantState.New(new("limited")) with { Limit = 3 }, 0, 2),
            new EntityWrite.OfTenant(TenantState.New(new("silent")) with { Arrivals = 9 }, 0, 3)], default);
        var beat = new NodeBeat("node-d", "localhost", "1.0", Noon, 16, 2, ["work"]);
        await Store.BeatAsync(beat, default);
        Assert.False(await Store.DrainAsync("node-none", Noon, default));
        Assert.True(await Store.DrainAsync("node-d", Noon, default));
        await Store.BeatAsync(beat, default); // a beat changes nothing of it

        var orders = await Store.OrdersAsync(default);
        Assert.Equal([new(TenantName.Everything, Noon, null), new(new("limited"), null, 3)], orders.Tenants.OrderBy(each => each.Tenant.Value, StringComparer.Ordinal));
        Assert.Equal(["node-d"], orders.Draining);
        Assert.Equal(Noon, (await Store.NodesAsync(default)).Single(each => each.Beat.Id == "node-d").DrainedAt);

        Assert.True(await Store.DrainAsync("node-d", null, default));
        Assert.Empty((await Store.OrdersAsync(default)).Draining);
    }
}
