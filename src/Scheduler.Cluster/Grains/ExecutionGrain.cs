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
        if (Decided is not { } state || !IsOpen(state) || !(state.Seed.Polls || state.Status == ExecutionStatus.Waiting)) return null;
        if (await BetterAsync(state.Seed.TaskId) is null) return null;
        // By what was known a moment ago it would be sent to and fro between two silos that know different things.
        Node.Definitions.Forget(state.Seed.TaskId);
        return await BetterAsync(state.Seed.TaskId) is { } better ? NodeIds.SiloOf(better) : null;
    }

    /// <summary>A node that can run it, where this one cannot or is not to; null: there is none.</summary>
    async Task<string?> BetterAsync(long task)
    {
        var handler = (await Node.Definitions.GetAsync(task)).Definition.Handler.HandlerName;
        if (Node.Handlers.Known.ContainsKey(handler) && !Node.Orders.IsDraining) return null;
        var fit = await Node.Peers.FitAsync(handler, CancellationToken.None);
        return fit.Count == 0 || fit.Contains(Node.Id) ? null : fit[Random.Shared.Next(fit.Count)];
    }

    protected override ExecutionCommand Woken() => new ExecutionCommand.Woken(Node.Clock.Now);

    protected override Task SayAsync(ExecutionCommand command) => Node.Router.AskAsync(this.GetGrainId().ExecutionId, command);

    protected override void Arm(Sweeper wakes, DateTimeOffset at) => wakes.Arm(new(0, this.GetGrainId().ExecutionId), at);
}
