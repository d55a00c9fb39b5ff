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

    /// <summary>Transactions so far.</summary>
    public long Commits { get; private set; }

    /// <summary>Writes so far.</summary>
    public long Writes { get; private set; }

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
        while (true)
        {
            List<Pending> batch = [];
            lock (gate)
            {
                while (batch.Count < limits.CommitBatch && queue.TryDequeue(out var pending)) batch.Add(pending);
                if (batch.Count == 0)
                {
                    lanes--;
                    return;
                }
                Commits++;
                Writes += batch.Count;
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
