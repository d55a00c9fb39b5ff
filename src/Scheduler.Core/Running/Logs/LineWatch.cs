namespace Scheduler.Running.Logs;

/// <summary>One who waits for an execution's lines.</summary>
sealed class LineWatch(Action<LineWatch> leave) : IDisposable
{
    readonly Lock gate = new();
    TaskCompletionSource told = New();

    /// <summary>Ends when something was told since it was last asked for.</summary>
    public async Task ChangedAsync(TimeSpan atMost, TimeProvider time, CancellationToken stop)
    {
        Task changed;
        lock (gate) changed = told.Task;
        using var over = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, stop);
        try
        {
            await changed.OrStopAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Nothing was told; what others have written is looked for.
        }
        lock (gate)
            if (told.Task.IsCompleted) told = New();
    }

    public void Tell()
    {
        lock (gate) told.TrySetResult();
    }

    public void Dispose() => leave(this);

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
