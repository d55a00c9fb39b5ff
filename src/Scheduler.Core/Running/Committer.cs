namespace Scheduler.Running;

/// <summary>
/// Group commit: the writes of many entities, collected while the last transaction was under way, go into the next one together.
/// Each is guarded and answered by itself.
/// </summary>
public sealed class Committer(IStore store, IBackground background, NodeLimits limits)
{
    readonly record struct Pending(EntityWrite Write, TaskCompletionSource<WriteOutcome> Answer);

    readonly Lock gate = new();
    readonly Queue<Pending> queue = [];
    int lanes;

    /// <summary>So many in one transaction say that more are on their way.</summary>
    const int Many = 8;

    int Waiting
    {
        get { lock (gate) return queue.Count; }
    }

    /// <summary>Writes one state. Throws where it is not known what became of it.</summary>
    public Task<WriteOutcome> WriteAsync(EntityWrite write)
    {
        var answer = new TaskCompletionSource<WriteOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            queue.Enqueue(new(write, answer));
            if (lanes > 0 && (lanes >= limits.CommitLanes || queue.Count < limits.CommitBatch)) return answer.Task;
            lanes++;
        }
        background.Start(DrainAsync);
        return answer.Task;
    }

    async Task DrainAsync()
    {
        for (var busy = false; ;)
        {
            // Who writes alone does not wait. Among many, a moment's wait puts several into one transaction, whose cost is the disk's.
            if (busy && Waiting < limits.CommitBatch / 4) await Task.Delay(limits.CommitGather, limits.StoreTime);
            List<Pending> batch = [];
            lock (gate)
            {
                while (batch.Count < limits.CommitBatch && queue.TryDequeue(out var pending)) batch.Add(pending);
                if (batch.Count == 0)
                {
                    lanes--;
                    return;
                }
                busy = batch.Count >= Many;
            }
            await CommitAsync(batch);
        }
    }

    async Task CommitAsync(List<Pending> batch)
    {
        try
        {
            // Bounded: a store that hangs is a failed write, and the entity leaves.
            using var patience = new CancellationTokenSource(limits.CommitPatience, limits.StoreTime);
            var outcomes = await store.CommitAsync([.. batch.Select(pending => pending.Write)], patience.Token).AsTask().OrStopAsync(patience.Token);
            for (var i = 0; i < batch.Count; i++) batch[i].Answer.TrySetResult(outcomes[i]);
        }
        catch (Exception failure)
        {
            foreach (var pending in batch) pending.Answer.TrySetException(failure);
        }
    }
}
