namespace Scheduler.Running.Sources;

/// <summary>
/// A token bucket of rows. A page takes its whole size before it is read and gives back what it did not read, so that the rate holds
/// however many shards wait; they are served in their order.
/// </summary>
sealed class RowBucket(TimeProvider time, int perSecond)
{
    readonly Lock gate = new();
    readonly Queue<TaskCompletionSource> line = [];
    CancellationTokenSource? sleeping;
    double tokens = perSecond; // a second's rows: the longest burst
    long filledAt = time.GetTimestamp();
    bool serving;

    /// <summary>Rows a second.</summary>
    public int PerSecond => perSecond;

    /// <summary>Pages that wait.</summary>
    public int Waiting
    {
        get { lock (gate) return line.Count + (serving ? 1 : 0); }
    }

    /// <summary>Ends when a page of so many rows may be read.</summary>
    public async Task TakeAsync(int rows, CancellationToken stop)
    {
        TaskCompletionSource? turn = null;
        lock (gate)
        {
            if (!serving) serving = true;
            else line.Enqueue(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        if (turn is not null)
        {
            using var _ = stop.Register(() => turn.TrySetCanceled(stop));
            await turn.Task; // else it is nobody's turn that was given up: see Next
        }
        try
        {
            while (true)
            {
                CancellationTokenSource sleep;
                TimeSpan wait;
                lock (gate)
                {
                    Fill();
                    if (tokens > 0)
                    {
                        tokens -= rows;
                        return;
                    }
                    wait = TimeSpan.FromSeconds((1 - tokens) / perSecond);
                    sleeping = sleep = CancellationTokenSource.CreateLinkedTokenSource(stop);
                }
                using (sleep)
                    try
                    {
                        await Task.Delay(wait > OneMillisecond ? wait : OneMillisecond, time, sleep.Token);
                    }
                    catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                    {
                        // Rows were given back: look again.
                    }
                    finally
                    {
                        lock (gate) sleeping = null;
                    }
            }
        }
        finally
        {
            Next();
        }
    }

    /// <summary>Gives back what was taken and not read.</summary>
    public void GiveBack(int rows)
    {
        if (rows <= 0) return;
        lock (gate)
        {
            Fill();
            tokens = Math.Min(perSecond, tokens + rows);
            sleeping?.Cancel();
        }
    }

    void Fill()
    {
        var now = time.GetTimestamp();
        tokens = Math.Min(perSecond, tokens + time.GetElapsedTime(filledAt, now).TotalSeconds * perSecond);
        filledAt = now;
    }

    void Next()
    {
        lock (gate)
        {
            while (line.TryDequeue(out var turn))
                if (turn.TrySetResult()) return;
            serving = false;
        }
    }

    static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1); // what timers count
}
