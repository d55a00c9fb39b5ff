using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Scheduler.Storage;

namespace Scheduler.Cluster.Membership;

/// <summary>
/// Silos of another cluster on the same database, which has no lease to keep them out: each of the two would wait for the other's silos, which are
/// no members of it and go on living, and would run nothing.
/// </summary>
/// <param name="livingSilos">Ids of the silos that the database knows to live.</param>
/// <param name="membership">This cluster's members.</param>
/// <param name="clusterId">Its name.</param>
/// <param name="log">Where it tells whom it waits for.</param>
sealed class OtherClusters(Func<CancellationToken, Task<IReadOnlyList<string>>> livingSilos, IClusterMembershipService membership, string clusterId, ILogger log)
{
    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    // Whoever is seen for longer than a silo that was killed goes on living.
    static readonly TimeSpan Patience = MySqlLock.Lives + TimeSpan.FromSeconds(1);

    /// <summary>Waits until what is left of others is gone.</summary>
    /// <exception cref="StoreInUseException">They live.</exception>
    public async Task ExpectNoneAsync(CancellationToken cancellationToken)
    {
        for (var began = TimeProvider.System.GetTimestamp(); await FindAsync(cancellationToken) is { } silo; await Task.Delay(LookEvery, cancellationToken))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new StoreInUseException($"expected no other cluster on the database, silo {silo} lives and is no member of cluster {clusterId}: give all silos one ClusterId, or a database each; or stop those that live, and start this again. Nothing was begun");
            log.LogDebug("Silo {Silo} was seen a moment ago, and is no member of cluster {Cluster}: whether it lives is known in a moment", silo, clusterId);
        }
    }

    async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        // A silo is a member before it says that it lives: so the members are read after those who live.
        var living = await livingSilos(cancellationToken);
        await membership.Refresh(MembershipVersion.MinValue, cancellationToken); // whatever has been read by now: a table that nobody has written is of no version that could be waited for
        var members = membership.CurrentSnapshot.Members.Keys.Select(NodeIds.Of).ToHashSet(StringComparer.Ordinal);
        return living.FirstOrDefault(silo => !members.Contains(silo));
    }
}
