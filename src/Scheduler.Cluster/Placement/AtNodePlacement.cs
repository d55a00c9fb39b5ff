using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Scheduler.Cluster.Membership;

namespace Scheduler.Cluster.Placement;

/// <summary>In the silo that the key names, and nowhere else.</summary>
[GenerateSerializer, Immutable]
sealed class AtNodePlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
sealed class AtNodePlacementAttribute() : PlacementAttribute(new AtNodePlacement());

sealed class AtNodePlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var node = target.GrainIdentity.Key.ToString()!;
        return NodeIds.SiloOf(node) is { } silo && context.GetCompatibleSilos(target).Contains(silo) ? Task.FromResult(silo)
            : throw new OrleansException($"expected a silo that lives, got {node}, which is none (any more)");
    }
}
