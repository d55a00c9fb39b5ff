using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Membership;

namespace Scheduler.Cluster.Placement;

/// <summary>Where the handler is: the silo that was named, else one of those that have the handler, else (there is none) any, where it waits.</summary>
[GenerateSerializer, Immutable]
sealed class FitPlacement : PlacementStrategy
{
    /// <summary>The task's id, in the context of a message to an entity of it.</summary>
    public const string TaskKey = "scheduler.task";
}

[AttributeUsage(AttributeTargets.Class)]
sealed class FitPlacementAttribute() : PlacementAttribute(new FitPlacement());

/// <summary>
/// A placement filter would say the same with Orleans' own means, but it cannot wait, and so knows of a grain only what its key says. Which
/// handler a task has may change; it stands in the store.
/// </summary>
sealed class FitPlacementDirector(ClusterNode cluster) : IPlacementDirector
{
    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return hint;
        var fit = await FitAsync(target, silos);
        if (fit.Length == 0) fit = silos;
        return fit[Random.Shared.Next(fit.Length)];
    }

    async Task<SiloAddress[]> FitAsync(PlacementTarget target, SiloAddress[] silos)
    {
        try
        {
            if (await TaskAsync(target) is not { } task) return [];
            var definition = (await cluster.Node.Definitions.GetAsync(task)).Definition;
            var fit = await cluster.Node.Peers.FitAsync(definition.Handler.HandlerName, CancellationToken.None);
            return [.. silos.Where(silo => fit.Contains(NodeIds.Of(silo)))];
        }
        catch (Exception)
        {
            return []; // the store does not answer: wherever it is loaded it waits for the same
        }
    }

    async ValueTask<long?> TaskAsync(PlacementTarget target)
    {
        if (target.RequestContextData?.TryGetValue(FitPlacement.TaskKey, out var value) == true && value is long known) return known;
        if (target.GrainIdentity.IsShard) return target.GrainIdentity.ShardKey.TaskId;
        return (await cluster.Node.Store.ReadExecutionAsync(target.GrainIdentity.ExecutionId, CancellationToken.None))?.State.Seed.TaskId;
    }
}
