using Microsoft.Extensions.Logging;
using Scheduler.Executions;

namespace Scheduler.Running.Logs;

/// <summary>Writes a node's lines to the store, many at a time, each batch again and again until it is durable: a key makes writing it twice harmless.</summary>
sealed class LineWriter(Node node, LineBuffer buffer)
{
    // A trigger's key that is used again once its execution was purged makes one of the same id, perhaps in another month.
    static readonly TimeSpan MonthIsFresh = TimeSpan.FromSeconds(10);

    readonly Lock gate = new();
    readonly CancellationTokenSource closed = new();
    readonly Recent<ExecutionId, LogMonth?> months = new(MonthIsFresh, capacity: 1_000);
    readonly HashSet<LogMonth> made = [];
    TaskCompletionSource? draining; // ends when nothing is left
    TaskCompletionSource hurry = New();
    bool flushing;

    LogLimits Limits => node.Limits.Logs;

    /// <summary>Sees to it that what was added is written after a moment, or at once where that makes a batch.</summary>
    public void Wake()
    {
        lock (gate)
        {
            if (buffer.Waiting >= Limits.Batch) hurry.TrySetResult();
            if (draining is not null || closed.IsCancellationRequested) return;
            draining = New();
        }
        node.Background.Start(DrainAsync);
    }

    /// <summary>Ends when everything that has been added by now is durable.</summary>
    public async Task FlushAsync()
    {
        while (buffer.Undurable > 0 && !closed.IsCancellationRequested)
        {
            Task drained;
            lock (gate)
            {
                flushing = true;
                hurry.TrySetResult();
                drained = draining?.Task ?? Task.CompletedTask;
            }
            Wake();
            await drained;
        }
    }

    /// <summary>Gives up what is not durable by now.</summary>
    public void Close()
    {
        closed.Cancel();
        if (buffer.Undurable is > 0 and var lost) node.Log.LogWarning("Node {Node} stops and the store did not take the last {Lines} lines of its handlers: they are lost", node.Id, lost);
    }

    async Task DrainAsync()
    {
        RunLogger.Ambient = null; // what is told here is not the handler's
        try
        {
            while (true)
            {
                await GatherAsync();
                if (buffer.Take(Limits.Batch) is { Count: > 0 } taken)
                {
                    await WriteAsync(taken);
                    buffer.Written(taken);
                }
                lock (gate)
                {
                    if (buffer.Waiting >= Limits.Batch) hurry.TrySetResult();
                    if (buffer.Undurable > 0) continue;
                    Ended();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested)
        {
            lock (gate) Ended();
        }
    }

    void Ended()
    {
        var ended = draining;
        (draining, flushing) = (null, false);
        ended?.TrySetResult();
    }

    async Task GatherAsync()
    {
        Task enough;
        lock (gate)
        {
            if (flushing) return;
            if (hurry.Task.IsCompleted) hurry = New();
            if (buffer.Waiting >= Limits.Batch) return;
            enough = hurry.Task;
        }
        await WaitAsync(enough, Limits.FlushAfter);
    }

    async Task WaitAsync(Task until, TimeSpan atMost)
    {
        using var over = new CancellationTokenSource(atMost, node.Limits.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, closed.Token);
        try
        {
            await until.OrStopAsync(either.Token);
        }
        catch (OperationCanceledException) when (!closed.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    async Task WriteAsync(List<LogEntry> taken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var lost = 0;
                foreach (var group in await ByMonthAsync(taken))
                {
                    if (group.Key is not { } month) lost += group.Count();
                    else await WriteAsync(month, [.. group]);
                }
                if (lost > 0) node.Log.LogWarning("{Lines} lines belong to executions that were purged: they are lost", lost);
                if (failures > 0) node.Log.LogInformation("The store takes the lines of node {Node} again", node.Id);
                return;
            }
            catch (Exception failure) when (!closed.IsCancellationRequested)
            {
                if (failures == 0) node.Log.LogWarning("Node {Node} cannot write {Lines} lines of its handlers; they wait, and the oldest are dropped when {Bytes} bytes do: {Reason}", node.Id, taken.Count, Limits.BufferBytes, Failures.Text(failure));
                made.Clear(); // a month may have been dropped meanwhile
                await WaitAsync(new TaskCompletionSource().Task, Limits.FlushAfter);
            }
        }
    }

    async Task WriteAsync(LogMonth month, IReadOnlyList<LogEntry> entries)
    {
        if (!made.Contains(month))
        {
            await node.Store.MakeLogMonthAsync(month, closed.Token).AsTask().OrStopAsync(closed.Token);
            made.Add(month);
        }
        await node.Store.WriteLogAsync(month, entries, closed.Token).AsTask().OrStopAsync(closed.Token);
    }

    async Task<IEnumerable<IGrouping<LogMonth?, LogEntry>>> ByMonthAsync(List<LogEntry> entries)
    {
        Dictionary<ExecutionId, LogMonth?> found = [];
        foreach (var source in entries.Select(entry => entry.Source).DistinctBy(source => source.Execution)) found.Add(source.Execution, await MonthAsync(source));
        return entries.GroupBy(entry => found[entry.Source.Execution]);
    }

    /// <summary>The month that the execution was created in; null where it is gone.</summary>
    async Task<LogMonth?> MonthAsync(LogSource source) =>
        source.CreatedAt is { } created ? LogMonth.Of(created) : await months.GetAsync(source.Execution, node.Limits.Time, LookUpAsync).OrStopAsync(closed.Token);

    async Task<LogMonth?> LookUpAsync(ExecutionId id) =>
        await node.Store.ReadExecutionAsync(id, closed.Token) is { } execution ? LogMonth.Of(execution.State.CreatedAt) : null;

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
