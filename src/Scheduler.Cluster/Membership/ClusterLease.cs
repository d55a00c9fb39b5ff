using Microsoft.Extensions.Logging;
using Scheduler.Storage;

namespace Scheduler.Cluster.Membership;

/// <summary>
/// The cluster's hold on its PostgreSQL database: the lease that standalone servers take turns with, which all silos of a cluster have together.
/// So a server that is started beside them stands by, and silos that are started beside a server are refused.
/// </summary>
/// <param name="store">The database.</param>
/// <param name="clusterId">Silos of one name are one holder.</param>
/// <param name="address">Where people find this silo.</param>
/// <param name="cancels">When a silo that does not reach the database cancels its runs.</param>
/// <param name="log">Where it tells whom it waits for.</param>
sealed class ClusterLease(SchedulerStore store, string clusterId, string address, TimeSpan cancels, ILogger log)
{
    // A silo that is cut off has cancelled its runs for so long when somebody else may begin.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);
    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    readonly Lease lease = new(store, $"cluster {clusterId}", () => address, cancels + Margin);

    /// <summary>Takes it, or has it with the other silos. What is left of the lease of a server that was killed is waited for.</summary>
    /// <exception cref="StoreInUseException">A server, or another cluster, lives.</exception>
    public async Task<Term> TakeAsync(CancellationToken cancellationToken)
    {
        TimeSpan? patience = null;
        for (var began = TimeProvider.System.GetTimestamp(); ; await Task.Delay(LookEvery, cancellationToken))
        {
            if (await lease.TryShareAsync(cancellationToken) is { } term) return term;
            var other = await lease.LookAsync(cancellationToken);
            if (patience is null)
            {
                patience = other.Left + 2 * LookEvery;
                log.LogWarning("The database is {Holder}'s, at {Address} (epoch {Epoch}): whether it lives is known in {Patience:0.0} s", other.Holder, other.Address, other.Epoch, patience.Value.TotalSeconds);
            }
            else if (TimeProvider.System.GetElapsedTime(began) > patience && !other.IsFree)
                throw new StoreInUseException($"expected no other scheduler on the database, {other.Holder} at {other.Address} is active (epoch {other.Epoch}): stop it, and those that stand by, and start this again. Nothing was begun");
        }
    }

    /// <summary>Gives it back, so that a server that stands by is active at once.</summary>
    public async Task ReleaseAsync(Term term)
    {
        try
        {
            using var patience = new CancellationTokenSource(cancels);
            await lease.ReleaseAsync(term, patience.Token);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            log.LogWarning("The lease could not be given back; a server that stands by is active when it runs out, within {Lease}: {Reason}", term.Lasts, failure.Message);
        }
    }
}
