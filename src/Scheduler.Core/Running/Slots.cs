namespace Scheduler.Running;

/// <summary>
/// A node's bounded right to run user code. Who waits is served by priority, but nobody is overtaken without end: one step of priority
/// is worth <see cref="Overtake"/> places in the line, no more.
/// </summary>
public sealed class Slots(int total)
{
    readonly int total = total;
    /// <summary>Later arrivals that one step of priority lets pass.</summary>
    public const int Overtake = 64;

    readonly Lock gate = new();
    readonly PriorityQueue<(TaskCompletionSource<Slot> Turn, int Priority), long> line = new();
    long arrivals;
    int free = total;
    bool suspended, draining;
    TaskCompletionSource? idle;

    /// <summary>Slots in all.</summary>
    public int Total => total;

    /// <summary>Slots in use.</summary>
    public int Used
    {
        get { lock (gate) return total - free; }
    }

    /// <summary>Those who wait for one.</summary>
    public int Waiting
    {
        get { lock (gate) return line.UnorderedItems.Count(each => IsWaiting(each.Element.Turn)); }
    }

    /// <summary>Those who wait with a higher priority.</summary>
    public int WaitingAbove(int priority)
    {
        lock (gate) return line.UnorderedItems.Count(each => each.Element.Priority > priority && IsWaiting(each.Element.Turn));
    }

    // Who gave its place up stays in the line until it would be its turn.
    static bool IsWaiting(TaskCompletionSource<Slot> turn) => !turn.Task.IsCompleted;

    /// <summary>Whether none is granted: the node stops, or cannot reach its database.</summary>
    public bool IsSuspended
    {
        get { lock (gate) return suspended; }
    }

    /// <summary>Whether none is granted because somebody drains the node.</summary>
    public bool IsDraining
    {
        get { lock (gate) return draining; }
    }

    /// <summary>Waits for a slot. Disposing it lets the next one in.</summary>
    /// <param name="priority">1 (last) to 10 (first).</param>
    /// <param name="cancellationToken">Gives the place in the line up.</param>
    public ValueTask<Slot> AcquireAsync(int priority, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<Slot>(cancellationToken);
        TaskCompletionSource<Slot> turn;
        lock (gate)
        {
            if (TryAcquire() is { } slot) return new(slot);
            turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            line.Enqueue((turn, priority), arrivals++ - (long)priority * Overtake);
        }
        return new(TurnAsync(turn, cancellationToken));
    }

    /// <summary>A slot that is free at once; null: all are in use, or somebody waits.</summary>
    public Slot? TryAcquire()
    {
        lock (gate)
        {
            if (free == 0 || suspended || draining || line.Count > 0) return null;
            free--;
            return new(this);
        }
    }

    static async Task<Slot> TurnAsync(TaskCompletionSource<Slot> turn, CancellationToken cancellationToken)
    {
        using var _ = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        return await turn.Task;
    }

    /// <summary>Grants none until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        lock (gate) suspended = true;
    }

    /// <summary>Grants none while <paramref name="drain"/> holds; those in use stay so until they are given back.</summary>
    public void Drain(bool drain)
    {
        lock (gate)
        {
            draining = drain;
            Grant();
        }
    }

    /// <summary>Ends when no slot is in use; meant for after <see cref="Suspend"/>.</summary>
    public Task IdleAsync()
    {
        lock (gate)
        {
            if (free == total) return Task.CompletedTask;
            idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return idle.Task;
        }
    }

    /// <summary>Grants again.</summary>
    public void Resume()
    {
        lock (gate)
        {
            suspended = false;
            Grant();
        }
    }

    void Release()
    {
        lock (gate)
        {
            free++;
            Grant();
            if (free < total) return;
            idle?.TrySetResult();
            idle = null;
        }
    }

    void Grant()
    {
        while (free > 0 && !suspended && !draining && line.TryDequeue(out var next, out var _))
            if (next.Turn.TrySetResult(new(this))) free--; // else it gave its place up
    }

    /// <summary>The right to run; disposed once.</summary>
    public sealed class Slot(Slots owner) : IDisposable
    {
        int released;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref released, 1) == 0) owner.Release();
        }
    }
}
