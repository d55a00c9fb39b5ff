using Microsoft.Extensions.Logging;

namespace Scheduler.Running;

/// <summary>
/// A node says again and again that it lives, and learns the database's time: so it keeps its lease. One that cannot for <see cref="NodeLimits.LeaseFor"/>
/// cancels its runs, since others may have taken them over.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="residents">The entities in it.</param>
/// <param name="startedAt">When its process started.</param>
/// <param name="recover">Has what is open go on, beside the beats: it may take longer than a lease.</param>
sealed class Beats(Node node, IResidents residents, DateTimeOffset startedAt, Action recover)
{
    static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(20);

    NodeLimits Limits => node.Limits;

    Reach Reach => node.Reach;

    /// <summary>The last beat's way to the store. It may go on when nobody waits for it any more, and makes whoever has left meanwhile seem to live.</summary>
    public Task UnderWay { get; private set; } = Task.CompletedTask;

    /// <summary>Beats once, or until the lease is over; then tells that it is, or that the store is within reach again.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        // An answer that took long leaves little of the lease: the next beat would come too late.
        for (var beaten = false; !beaten || Reach.Left < Limits.BeatEvery && Reach.Left < Limits.LeaseFor / 2;)
        {
            if (Reach.Left <= TimeSpan.Zero && !Reach.IsCutOff) CutOff();
            try
            {
                var most = Reach.IsCutOff ? Limits.LeaseFor : Reach.Left; // once cut off there is nothing to be late for
                using var patience = new CancellationTokenSource(most < Limits.CommitPatience ? most : Limits.CommitPatience, Limits.StoreTime);
                await BeatAsync(patience.Token, cancellationToken);
                beaten = true;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && !Reach.IsCutOff && Reach.Left > TimeSpan.Zero)
            {
                node.Log.LogWarning("Node {Node}: the lease failed and is tried again, {Left} before it runs out: {Reason}", node.Id, Reach.Left, Failures.Text(failure));
                // It tries harder as its lease runs out, and then knows at once.
                var wait = Reach.Left / 2 < Limits.BeatEvery ? Reach.Left / 2 : Limits.BeatEvery;
                await Task.Delay(wait > ShortestWait ? wait : ShortestWait, Limits.Time, cancellationToken);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (!Reach.IsCutOff) CutOff();
                Reach.Lose();
                throw;
            }
        }
        if (!Reach.IsCutOff || node.Stopping) return;
        node.Log.LogWarning("Node {Node} reaches the database again; it takes up what is open", node.Id);
        residents.AbandonAll("it began while this node had no lease"); // others may have taken it over since
        Reach.Regain();
        node.Slots.Resume();
        recover();
    }

    /// <summary>Says that the node lives, and learns the time.</summary>
    /// <param name="patience">Gives the beat up.</param>
    /// <param name="stop">Gives up the wait for it: it is on its way, and whoever leaves waits for its end.</param>
    public async Task BeatAsync(CancellationToken patience, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience, stop);
        var asked = Limits.Time.GetTimestamp();
        var beat = node.Store.BeatAsync(node.Beat(startedAt), patience).AsTask();
        UnderWay = beat;
        var now = await beat.OrStopAsync(either.Token);
        if (Reach.Overslept) CutOff(); // its runs may be others' by now
        node.Clock.Correct(now, asked);
        Reach.Beaten(asked);
    }

    void CutOff()
    {
        Reach.CutOff();
        node.Slots.Suspend();
        node.Log.LogError("Node {Node} has not reached the database for {Lease}: it cancels its runs, which go on where they are taken up", node.Id, Limits.LeaseFor);
        node.Peers.Forget();
        residents.AbandonAll($"the database was out of reach for {Limits.LeaseFor}");
    }
}
