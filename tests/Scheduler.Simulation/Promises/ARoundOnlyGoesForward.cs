using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>(rewind epoch, round, pages) of a shard only grows.</summary>
sealed class ARoundOnlyGoesForward : Promise
{
    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        if (old is null) return;
        var (was, now) = (Of(old.State), Of(next.State));
        Expect(now.CompareTo(was) >= 0, next.State.Table, () => $"(epoch, round, pages) was {was} and became {now}");
    }

    static (long, long, long) Of(ShardState shard) => (shard.RewindEpoch, shard.Round, shard.Pages);
}
