using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.State;
using Scheduler.Running;
using Scheduler.Tenants;

namespace Scheduler.Cluster.Grains;

/// <summary>A tenant: who of its executions may run, and who waits. Anywhere, as a task, and it stays there: it runs no user code, and is only asked.</summary>
[GrainType(GrainKeys.Tenant), Reentrant, RandomPlacement, Immovable(ImmovableKind.Any)]
sealed class TenantGrain(ClusterNode cluster, [PersistentState("tenant", SchedulerGrainStorage.Name)] IPersistentState<Row<TenantState>> row)
    : EntityGrain<TenantName, TenantState, TenantCommand, TenantEffect>(cluster, row), ITenantGrain
{
    protected override Activation<TenantName, TenantState, TenantCommand, TenantEffect> Create(Stored<TenantState>? known) => new TenantActivation(Node, this, this.GetGrainId().TenantName, known);

    protected override bool IsOpen(TenantState state) => false; // who waits asks again

    protected override bool IsDone(TenantState state) => state.Running.IsEmpty && state.Waiting.IsEmpty;

    protected override TenantCommand Woken() => new TenantCommand.Activated(Node.Clock.Now);

    protected override Task SayAsync(TenantCommand command) => Node.Router.AskAsync(this.GetGrainId().TenantName, command);

    protected override void Arm(Sweeper wakes, DateTimeOffset at)
    {
        // It wants to be woken at no time.
    }
}
