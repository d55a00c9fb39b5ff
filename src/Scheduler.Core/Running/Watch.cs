using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Running.Logs;

namespace Scheduler.Running;

/// <summary>
/// What a node does all its life: keeps its lease, reads who is due, goes on with what others have lost, purges history.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="residents">The entities in it.</param>
/// <param name="shares">Whether nodes share the reading of who is due: this one reads the buckets that its sweeper is given. Else it reads all.</param>
public sealed class Watch(Node node, IResidents residents, bool shares = false)
{
    static readonly TimeSpan StopBeats = TimeSpan.FromSeconds(2);

    readonly CancellationTokenSource stop = new();
    readonly Sweeper sweeper = new(node);
    readonly List<Task> loops = [];
    Beats? beats;

    NodeLimits Limits => node.Limits;

    /// <summary>Begins. Executions that were open when the last process ended go on. Fails where the database does not answer.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        beats = new(node, residents, Limits.Time.GetUtcNow(), () => Run("recovery", null, RecoverAsync));
        await beats.BeatAsync(cancellationToken, CancellationToken.None);
        await node.Orders.RefreshAsync(cancellationToken); // before anything begins
        node.Orders.DrainsChanged = PeersChanged;
        residents.Wakes = sweeper;
        Run("the lease", Limits.BeatEvery, beats.KeepAsync);
        Run("the orders", Limits.BeatEvery, node.Orders.RefreshAsync);
        if (!shares || node.Peers.IsLeader) Run("recovery", null, RecoverAsync);
        if (!shares) sweeper.Take(WakeBucket.All);
        Run("the word of calendars", Limits.CalendarsEvery, ByOne(node.Calendars.SpreadAsync));
        Run("the places in tenants", Limits.PlacesEvery, ByOne(new LeftPlaces(node).FreeAsync));
        Run("the purge", Limits.PurgeEvery, ByOne(new History(node).PurgeAsync));
        Run("the tables of lines", Limits.Logs.TablesEvery, ByOne(new LogTables(node).TendAsync));
    }

    /// <summary>What one node of all should do.</summary>
    Func<CancellationToken, Task> ByOne(Func<CancellationToken, Task> duty) => stop => node.Peers.IsLeader ? duty(stop) : Task.CompletedTask;

    /// <summary>Nodes have come or gone, or are drained, or no more: what was lost goes on, and shards are spread anew. The leader sees to it.</summary>
    public void PeersChanged()
    {
        if (node.Peers.IsLeader) Run("looking after what others ran", null, LookAfterAsync);
    }

    async Task LookAfterAsync(CancellationToken stop)
    {
        await ForOpenAsync(() => new ExecutionCommand.NodesChanged(node.Clock.Now), stop);
        if (Limits.LeaseFor == TimeSpan.MaxValue) return;
        // One that is not quite dead yet may have answered for what was in it. When its lease is over nobody does.
        await Task.Delay(Limits.LeaseFor + Limits.LeaseMargin, Limits.Time, stop);
        await ForOpenAsync(() => new ExecutionCommand.NodesChanged(node.Clock.Now), stop);
    }

    /// <summary>Ends: pages under way may finish, everything else is cancelled and goes on in the next process.</summary>
    public async Task StopAsync()
    {
        node.Stopping = true;
        node.Slots.Suspend();
        sweeper.Dispose();
        await WithinAsync(StopBeats, node.Slots.IdleAsync());
        await WithinAsync(Limits.StopPatience, residents.StopRunsAsync());
        await WithinAsync(Limits.StopPatience, node.Pages.IdleAsync()); // what was processed is checkpointed
        await WithinAsync(Limits.StopPatience, node.FlushAsync());
        await WithinAsync(Limits.StopPatience, node.Logs.FlushAsync());
        node.Logs.Close();
        stop.Cancel();
        Task[] ending;
        lock (loops) ending = [.. loops];
        await WithinAsync(Limits.StopPatience, ending.AllAsync());
        if (beats is not null) await WithinAsync(StopBeats, beats.UnderWay); // else it might say after all that this node lives, and lengthen a lease that was given back
        await WithinAsync(Limits.StopPatience, LeaveAsync());
        node.Events.Close();
    }

    /// <summary>Repeats some work until the node stops; a failure is told and the next time comes all the same. A null <paramref name="every"/>: until it succeeds.</summary>
    void Run(string what, TimeSpan? every, Func<CancellationToken, Task> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (loops)
        {
            loops.RemoveAll(loop => loop.IsCompleted);
            loops.Add(ended.Task);
        }
        node.Background.Start(async () =>
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    var succeeded = await TryAsync(what, work);
                    if (succeeded && every is null) break;
                    await Task.Delay(every ?? Limits.BeatEvery, Limits.Time, stop.Token);
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                // The node stops: whatever it was in the middle of goes on in the next process.
            }
            finally
            {
                ended.TrySetResult();
            }
        });
    }

    async Task<bool> TryAsync(string what, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(stop.Token);
            return true;
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            node.Log.LogWarning("Node {Node}: {What} failed and is tried again: {Reason}", node.Id, what, Failures.Text(failure));
            return false;
        }
    }

    /// <summary>Addresses every open execution, so that its activation goes on with whatever is outstanding.</summary>
    Task RecoverAsync(CancellationToken cancellationToken) => ForOpenAsync(() => new ExecutionCommand.Woken(node.Clock.Now), cancellationToken);

    async Task ForOpenAsync(Func<ExecutionCommand> say, CancellationToken cancellationToken)
    {
        ExecutionId? after = null;
        while (true)
        {
            var open = await node.Store.OpenExecutionsAsync(after, Limits.ReadBatch, cancellationToken);
            await open.Select(execution => node.Router.AskAsync(execution.State.Id, say(), execution)).AllAsync();
            if (open.Count < Limits.ReadBatch) return;
            after = open[^1].State.Id;
        }
    }

    async Task LeaveAsync()
    {
        if (node.Runs > 0 || node.Reach.IsCutOff) return; // others wait for its lease
        using var patience = new CancellationTokenSource(StopBeats, Limits.StoreTime);
        await node.Store.LeaveAsync(node.Id, patience.Token);
    }

    async Task WithinAsync(TimeSpan patience, Task work)
    {
        try
        {
            using var over = new CancellationTokenSource(patience, Limits.StoreTime); // a clock that is moved by hand stands still while a process ends
            await work.OrStopAsync(over.Token);
        }
        catch (OperationCanceledException)
        {
            // What has not ended by now ends with the process, and goes on in the next.
        }
        catch (Exception failure)
        {
            node.Log.LogWarning("Node {Node} stops: {Reason}", node.Id, Failures.Text(failure));
        }
    }
}
