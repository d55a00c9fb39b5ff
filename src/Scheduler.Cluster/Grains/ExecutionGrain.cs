using Orleans.Concurrency;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.Placement;
using Scheduler.Cluster.State;
using Scheduler.Executions;
using Scheduler.Running;

namespace Scheduler.Cluster.Grains;

/// <summary>An execution. In a silo that has the handler, since it runs there; any of those.</summary>
[GrainType(GrainKeys.Execution), Reentrant, FitPlacement]
sealed class ExecutionGrain(ClusterNode cluster, [PersistentState("execution", SchedulerGrainStorage.Name)] IPersistentState<Row<ExecutionState>> row)
    : EntityGrain<ExecutionId, ExecutionState, ExecutionCommand, ExecutionEffect>(cluster, row), IExecutionGrain
{
    protected override Activation<ExecutionId, ExecutionState, ExecutionCommand, ExecutionEffect> Create(Stored<ExecutionState>? known) =>
        new ExecutionActivation(Node, this, this.GetGrainId().ExecutionId, known);

    protected override bool IsOpen(ExecutionState state) => !state.HasEnded && state.Attempt > 0 && state.Status != ExecutionStatus.Retrying;

    protected override bool IsDone(ExecutionState state) => !IsOpen(state);

    protected override bool BelongsSomewhere => true;

    protected override async Task<SiloAddress?> BelongsAsync()
    {
        if (Durable is not { } state || !IsOpen(state) || !(state.Seed.Polls || state.Status == ExecutionStatus.Waiting)) return null;
        var handler = (await Node.Definitions.GetAsync(state.Seed.TaskId)).Definition.Handler.HandlerName;
        if (Node.Handlers.Known.ContainsKey(handler) && !Node.Orders.IsDraining) return null;
        var fit = await Node.Peers.FitAsync(handler, CancellationToken.None);
        return fit.Count == 0 || fit.Contains(Node.Id) ? null : NodeIds.SiloOf(fit[Random.Shared.Next(fit.Count)]);
    }

    protected override ExecutionCommand Woken() => new ExecutionCommand.Woken(Node.Clock.Now);

    protected override void Arm(Sweeper wakes, DateTimeOffset at) => wakes.Arm(new(0, this.GetGrainId().ExecutionId), at);
}
