using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.Placement;
using Scheduler.Cluster.State;
using Scheduler.Running;
using Scheduler.Shards;

namespace Scheduler.Cluster.Grains;

/// <summary>
/// A shard: its row is the cursor and the counts. Its run is its own, on the thread pool, and ends at a page's end when it is to go on
/// elsewhere. In the silo that its execution decided on; Orleans does not move it, since that would be decided without knowing of pages and tasks.
/// </summary>
[GrainType(GrainKeys.Shard), Reentrant, FitPlacement, Immovable(ImmovableKind.Any)]
sealed class ShardItemGrain(ClusterNode cluster, [PersistentState("shard", SchedulerGrainStorage.Name)] IPersistentState<Row<ShardState>> row)
    : EntityGrain<ShardKey, ShardState, ShardCommand, ShardEffect>(cluster, row), IShardItemGrain
{
    protected override Activation<ShardKey, ShardState, ShardCommand, ShardEffect> Create(Stored<ShardState>? known) => new ShardActivation(Node, this, this.GetGrainId().ShardKey, known);

    protected override bool IsOpen(ShardState state) => state.Status == ShardStatus.Running;

    protected override bool IsDone(ShardState state) => state.Status != ShardStatus.Running;

    protected override ShardCommand Woken() => new ShardCommand.Woken(Node.Clock.Now);

    protected override Task SayAsync(ShardCommand command) => Node.Router.AskAsync(this.GetGrainId().ShardKey, command);

    protected override void Arm(Sweeper wakes, DateTimeOffset at)
    {
        // Its run looks after itself, its execution after it.
    }
}
