using System.Collections.Immutable;
using Orleans.Runtime;

namespace Scheduler.Cluster.Membership;

/// <summary>The nodes that the cluster's membership takes for alive.</summary>
sealed class LivingSilos(IClusterMembershipService membership, ILocalSiloDetails local)
{
    ImmutableSortedSet<string> alive = [];

    /// <summary>This silo's own id.</summary>
    public string Own { get; } = NodeIds.Of(local.SiloAddress);

    /// <summary>Their ids; another object whenever one came or went.</summary>
    public ImmutableSortedSet<string> Alive => Volatile.Read(ref alive);

    /// <summary>Whether there are others than this one.</summary>
    public bool HasOthers => Of(membership.CurrentSnapshot).Any(each => each != Own);

    /// <summary>Whether every other one has ended, as far as this one knows.</summary>
    public bool IsLast => membership.CurrentSnapshot.Members.Values.All(member => member.Status == SiloStatus.Dead || member.SiloAddress.Equals(local.SiloAddress));

    /// <summary>Has whoever remembers something of them ask anew.</summary>
    public void Refresh() => Volatile.Write(ref alive, Of(membership.CurrentSnapshot));

    /// <summary>Follows the membership, and says when one came or went.</summary>
    public async Task FollowAsync(Action changed, CancellationToken stop)
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stop))
        {
            var now = Of(snapshot);
            if (now.SetEquals(Alive)) continue;
            Volatile.Write(ref alive, now);
            changed();
        }
    }

    // One that shuts down runs nothing any more, and nothing is to begin there.
    static ImmutableSortedSet<string> Of(ClusterMembershipSnapshot snapshot) =>
        snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => NodeIds.Of(member.SiloAddress)).ToImmutableSortedSet(StringComparer.Ordinal);
}
