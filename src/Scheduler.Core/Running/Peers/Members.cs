using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Scheduler.Running;

/// <summary>
/// The nodes of a cluster. Who is alive is the membership's to say, who can run what and who last reached the database stands in the store.
/// </summary>
/// <param name="node">This node.</param>
/// <param name="alive">Ids of the nodes that are taken for alive; another object whenever that changes.</param>
public sealed class Members(Node node, Func<ImmutableSortedSet<string>> alive) : IPeers
{
    sealed record Reading(IReadOnlyList<SeenNode> Nodes, ImmutableSortedSet<string> Alive, DateTimeOffset At);

    /// <summary>Leases, after which a wait for those who were lost is told.</summary>
    const int LongestSettling = 4;

    static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(200);

    Reading? last;
    ImmutableSortedSet<string>? settled; // nobody who is not among these can run anything

    /// <inheritdoc/>
    public bool IsLeader => alive() is var members && (members.IsEmpty || members[0] == node.Id);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> FitAsync(string handler, CancellationToken cancellationToken)
    {
        var reading = await RecentAsync(cancellationToken);
        string[] able = [.. reading.Nodes.Where(each => reading.Alive.Contains(each.Beat.Id) && each.Beat.Handlers.Contains(handler)).Select(each => each.Beat.Id)];
        string[] fit = [.. able.Where(each => !node.Orders.IsDrained(each))];
        return fit.Length > 0 ? fit : able;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, HandlerKind>> KnownAsync(CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, HandlerKind>(node.Handlers.Known, StringComparer.Ordinal);
        var reading = await RecentAsync(cancellationToken);
        foreach (var each in reading.Nodes.Where(each => reading.Alive.Contains(each.Beat.Id)))
            foreach (var (handler, kind) in each.Beat.Kinds) known.TryAdd(handler, kind);
        return known;
    }

    /// <inheritdoc/>
    public ValueTask SettledAsync(CancellationToken cancellationToken) =>
        ReferenceEquals(Volatile.Read(ref settled), alive()) || node.Limits.LeaseFor == TimeSpan.MaxValue ? default : new(SettleAsync(cancellationToken));

    /// <inheritdoc/>
    public void Forget() => Volatile.Write(ref settled, null);

    async Task SettleAsync(CancellationToken stop)
    {
        var began = node.Limits.Time.GetTimestamp();
        while (true)
        {
            try
            {
                // Read after it was lost: it may have reached the database until then.
                var reading = await ReadAsync(stop);
                var lost = reading.Nodes.Where(each => !reading.Alive.Contains(each.Beat.Id)).ToArray();
                var until = lost.Length == 0 ? DateTimeOffset.MinValue : lost.Max(each => each.LastSeenAt) + node.Limits.LeaseFor + node.Limits.LeaseMargin;
                if (until <= reading.At)
                {
                    Volatile.Write(ref settled, reading.Alive);
                    return;
                }
                // Who was lost says nothing any more: one that does is none of this cluster's, or is cut off from it alone.
                if (node.Limits.Time.GetElapsedTime(began) > LongestSettling * node.Limits.LeaseFor && lost.MaxBy(each => each.LastSeenAt) is { Beat: var other })
                    node.TellOnce($"settle/{other.Id}", log => log.LogWarning("Node {Node} begins nothing as long as node {Other} at {Address} goes on reaching the database, since it is no member of this cluster (any more): stop it, or have it join", node.Id, other.Id, other.Address));
                await node.DelayUntilAsync(until, stop);
            }
            catch (Exception failure) when (stop.IsCancellationRequested && failure is not OperationCanceledException)
            {
                throw new OperationCanceledException("nobody waits for it any more", failure, stop); // the store failed as well
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                node.TellOnce($"settle/{failure.Message}", log => log.LogWarning("Node {Node} cannot read when the others last reached the database; runs that were lost go on when it can: {Reason}", node.Id, Failures.Text(failure)));
                await Task.Delay(TryAgain, node.Limits.Time, stop);
            }
        }
    }

    ValueTask<Reading> RecentAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref last) is { } reading && ReferenceEquals(reading.Alive, alive()) && node.Clock.Now - reading.At <= node.Limits.BeatEvery ? new(reading) : ReadAsync(cancellationToken);

    async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        var members = alive();
        var at = node.Clock.Now;
        Reading reading = new(await node.Store.NodesAsync(cancellationToken), members, at);
        Volatile.Write(ref last, reading);
        return reading;
    }
}
