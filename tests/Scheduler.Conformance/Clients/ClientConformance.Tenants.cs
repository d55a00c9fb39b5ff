using Xunit;

namespace Scheduler.Conformance.Clients;

public abstract partial class ClientConformance
{
    [Fact]
    public async Task Tenants_see_their_own_tasks_and_executions_alone()
    {
        var other = client.ForTenant(Name());
        await client.CreateTaskAsync(Code("echo"));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => other.GetTaskAsync(Name()));
        Assert.Empty((await other.ListTasksAsync(new())).Items);
        var theirs = await other.CreateTaskAsync(Code("echo") with { Description = "theirs" });
        Assert.Equal((Name(), "theirs"), (theirs.Name, theirs.Definition.Description));
        Assert.Null((await client.GetTaskAsync(Name())).Definition.Description);
        var execution = (await other.TriggerTaskAsync(Name())).ExecutionId;
        Assert.Equal(execution, Assert.Single((await other.ListExecutionsAsync(new())).Items).Id);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetExecutionAsync(execution));
        Assert.Empty((await client.ListExecutionsAsync(new() { Task = Name() })).Items);
        await RefusedAsync(SchedulerErrorKind.Invalid, () => client.ForTenant("no such name!").GetTaskAsync(Name()));
        await RefusedAsync(SchedulerErrorKind.Invalid, () => client.GetTenantAsync("*"));
    }

    [Fact]
    public async Task A_tenant_is_paused_and_resumed_and_limited()
    {
        var other = client.ForTenant(Name());
        await other.CreateTaskAsync(Code("echo"));
        Assert.Equal((Name(), null, null), ((await client.GetTenantAsync(Name())) is var none ? none.Tenant : "", none.PausedAt, none.Limit));

        Assert.NotNull((await client.PauseTenantAsync(Name())).PausedAt);
        var refusal = await RefusedAsync(SchedulerErrorKind.Conflict, () => other.TriggerTaskAsync(Name()));
        Assert.Contains("paused", refusal.Message, StringComparison.Ordinal);
        Assert.Null((await client.ResumeTenantAsync(Name())).PausedAt);
        await other.TriggerTaskAsync(Name());

        Assert.Equal(3, (await client.ChangeTenantAsync(Name(), new() { Limit = 3 })).Limit);
        Assert.Equal(3, (await client.GetTenantAsync(Name())).Limit);
        await InvalidAsync("limit", () => client.ChangeTenantAsync(Name(), new() { Limit = 0 }));
        Assert.Null((await client.ChangeTenantAsync(Name(), new())).Limit);
    }

    [Fact]
    public async Task An_unknown_node_is_not_drained()
    {
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DrainNodeAsync("none"));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.UndrainNodeAsync("none"));
    }

    [Fact]
    public async Task A_task_is_deleted_and_what_runs_of_it_goes_on()
    {
        await client.CreateTaskAsync(Code("hang"));
        var execution = await TriggerAsync(Code("hang"));
        await EventuallyAsync(execution, ExecutionStatus.Running);
        await client.DeleteTaskAsync(Name(), DeleteMode.Wait);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetTaskAsync(Name()));
        Assert.Equal(ExecutionStatus.Running, (await client.GetExecutionAsync(execution)).Status);
        await client.CancelExecutionAsync(execution);
        await EventuallyAsync(execution, ExecutionStatus.Cancelled);
    }
}
