using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>
/// Begins a round in a task's shards. Where a shard's round is incremental it is asked first whether there is anything to read, within a
/// slot and the task's limits, as a page of one row: a shard without changes is not started, so it costs no write and no place in memory. What goes wrong with the question starts
/// the shard, so that the failure, its attempts and waits are the shard's own.
/// </summary>
sealed class RoundStart(Node node, TaskState task, ExecutionState execution)
{
    readonly IPollingShape polling = task.Definition.Handler.Shape!;
    readonly long round = execution.Seed.Sequence;
    RoundPlaces places = null!; // as they were last found
    int unheard;

    /// <summary>Goes through the shards once, page by page, so that memory stays bounded.</summary>
    /// <returns>Whether each of them has heard of the round, or had nothing to do in it; what has not is to be told again.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        if (await RoundPlaces.FindAsync(node, task, execution, stop) is not { } found) return false;
        places = found;
        var handler = task.Definition.Handler;
        var source = node.Handlers.Known.TryGetValue(handler.HandlerName, out var kind) && kind == handler.Kind ? node.Handlers.SourceOf(handler) : null;
        for (var after = 0L; ;)
        {
            stop.ThrowIfCancellationRequested();
            var shards = await node.Store.UnfinishedShardsAsync(task.Id, round, after, node.Limits.ReadBatch, stop);
            List<Task> started = [];
            List<Stored<ShardState>> asked = [];
            foreach (var shard in shards)
                if (source is not null && shard.State.Status != ShardStatus.Running && Passes.IsIncremental(shard.State, polling.Mode)) asked.Add(shard);
                else if (shard.State.Status == ShardStatus.Running || !execution.Probed) started.Add(StartAsync(shard));
            if (!execution.Probed) await AskAsync(source, asked, started, stop);
            await started.AllAsync();
            if (shards.Count < node.Limits.ReadBatch) return unheard == 0;
            after = shards[^1].State.Key.ShardId;
        }
    }

    /// <summary>Asks as many shards at a time as there are slots; all of them where limits hold, so that one database's do not keep the others' waiting.</summary>
    async Task AskAsync(IPollingSource? source, List<Stored<ShardState>> shards, List<Task> started, CancellationToken stop)
    {
        var next = -1;
        var workers = new Task[polling.Limits is null ? Math.Min(node.Slots.Total, shards.Count) : shards.Count];
        for (var i = 0; i < workers.Length; i++)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            workers[i] = ended.Task;
            node.Background.Start(async () =>
            {
                try
                {
                    while (Interlocked.Increment(ref next) is var index && index < shards.Count)
                        if (await HasChangesAsync(source!, shards[index].State, stop))
                            lock (started) started.Add(StartAsync(shards[index]));
                    ended.TrySetResult();
                }
                catch (OperationCanceledException)
                {
                    ended.TrySetCanceled(stop);
                }
                catch (Exception defect)
                {
                    ended.TrySetException(defect);
                }
            });
        }
        await workers.AllAsync();
    }

    async Task<bool> HasChangesAsync(IPollingSource source, ShardState shard, CancellationToken stop)
    {
        var gates = node.Sources.Of(task);
        if (gates.LeavesAlone(shard.Database)) return true; // its run waits with the others until the database may be asked
        using var turn = await gates.Of(shard.Database).AskAsync(polling, rows: 1, stop);
        using var slot = await node.Slots.AcquireAsync(task.Definition.Priority, stop);
        try
        {
            var any = await source.AnyAsync(new(shard.Tenant, task.Definition.Name, shard.Database, shard.Table), polling, shard, stop);
            turn.Read(any ? 1 : 0);
            return any;
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            return true; // its run comes to the same end, and tells
        }
    }

    /// <summary>The places, anew where other nodes can run the shards by now: a question may have waited long for its turn.</summary>
    async ValueTask<RoundPlaces> PlacesAsync()
    {
        if (!await places.AreStillAsync() && await RoundPlaces.FindAsync(node, task, execution, CancellationToken.None) is { } found) places = found;
        return places;
    }

    async Task StartAsync(Stored<ShardState> shard)
    {
        try
        {
            await (await PlacesAsync()).TellAsync(shard);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Interlocked.Increment(ref unheard);
            node.Log.LogWarning("Shard {Database}.{Table} did not hear of round {Round} and is told again: {Reason}", shard.State.Database, shard.State.Table, round, failure.Message);
        }
    }
}
