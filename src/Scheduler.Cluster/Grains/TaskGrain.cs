using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.State;
using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Cluster.Grains;

/// <summary>
/// A task. Anywhere: it runs no user code, so no silo is better than another; it stays there, since moving it would cost more than it could win.
/// </summary>
[GrainType(GrainKeys.Task), Reentrant, RandomPlacement, Immovable(ImmovableKind.Any)]
sealed class TaskGrain(ClusterNode cluster, [PersistentState("task", SchedulerGrainStorage.Name)] IPersistentState<Row<TaskState>> row)
    : EntityGrain<long, TaskState, TaskCommand, TaskEffect>(cluster, row), ITaskGrain
{
    protected override Activation<long, TaskState, TaskCommand, TaskEffect> Create(Stored<TaskState>? known) => new TaskActivation(Node, this, this.GetGrainId().TaskId, known);

    protected override bool IsOpen(TaskState state) => false; // its wakes find it

    protected override bool IsDone(TaskState state) => state.Status is ScheduledTaskStatus.None or ScheduledTaskStatus.Deleted && state.Open.IsEmpty;

    protected override TaskCommand Woken() => new TaskCommand.Woken(Node.Clock.Now);

    protected override void Arm(Sweeper wakes, DateTimeOffset at) => wakes.Arm(new(this.GetGrainId().TaskId, null), at);
}
