using System.Text.Json;
using Scheduler.Running.Logs;

namespace Scheduler.Running;

/// <summary>
/// The rows of one page and which of them are done. Batches run side by side; what is done stays done over the attempts at the page,
/// and the checkpoint moves over the contiguous prefix alone.
/// </summary>
sealed class PageWork(IPollingPage page, IBackground background, int threadCount, int? batchSize, int? deadAfter = null)
{
    readonly bool[] done = new bool[page.Count];
    readonly RowFailures? failures = deadAfter is { } attempts ? new(page.Count, attempts) : null;
    readonly Lock gate = new();
    (int Index, PageFailure Why)? failure;

    /// <summary>Rows in the page.</summary>
    public int Count => done.Length;

    /// <summary>Rows done without a gap, from the first on.</summary>
    public int Prefix
    {
        get
        {
            var first = Array.IndexOf(done, false);
            return first < 0 ? done.Length : first;
        }
    }

    /// <summary>Where the row at <paramref name="index"/> stands.</summary>
    public Cursor CursorOf(int index) => page.CursorOf(index);

    /// <summary>Whether rows that fail again and again are put aside, so that no row makes the page fail for good.</summary>
    public bool PutsAside => failures is not null;

    /// <summary>The rows from <paramref name="from"/> on and before <paramref name="to"/> that were put aside.</summary>
    public IEnumerable<(int Index, int Attempts, string Error, string? Json)> PutAside(int from, int to) =>
        failures?.Dead(from, to).Select(row => (row.Index, row.Attempts, row.Error, page.JsonOf(row.Index))) ?? [];

    /// <summary>Indexes from 0 on: pages that are whole need no others.</summary>
    static int[] ascending = [.. Enumerable.Range(0, 1024)];

    /// <summary>Has the rows that are not done processed.</summary>
    /// <returns>Why some still are not: the failure of the first of them. Null: all are.</returns>
    public async Task<PageFailure?> ProcessAsync(PageRun run, CancellationToken stop)
    {
        failure = null;
        if (IsOneBatch)
        {
            await ProcessAsync(Ascending(Count), run, stop);
            stop.ThrowIfCancellationRequested();
            return failure?.Why;
        }
        var batches = Batches();
        if (batches.Count == 1) await ProcessAsync(batches.Dequeue(), run, stop);
        else await Enumerable.Range(0, Math.Min(threadCount, batches.Count)).Select(_ => Started(() => WorkAsync(batches, run, stop))).AllAsync();
        stop.ThrowIfCancellationRequested();
        return failure is { } first && Prefix < Count ? first.Why : null;
    }

    /// <summary>A page at its first attempt that goes to the handler as a whole: nearly every page of nearly every task.</summary>
    bool IsOneBatch => failures is null && (batchSize is { } most ? Count <= most : threadCount == 1) && Array.IndexOf(done, true) < 0;

    static ReadOnlyMemory<int> Ascending(int count)
    {
        if (ascending.Length < count) ascending = [.. Enumerable.Range(0, count)];
        return ascending.AsMemory(0, count);
    }

    Queue<ReadOnlyMemory<int>> Batches()
    {
        var left = Enumerable.Range(0, done.Length).Where(index => !done[index] && failures?.Alone(index) != true).ToArray();
        var size = batchSize ?? Math.Max(1, (left.Length + threadCount - 1) / threadCount);
        var batches = new Queue<ReadOnlyMemory<int>>();
        for (var start = 0; start < left.Length; start += size) batches.Enqueue(left.AsMemory(start, Math.Min(size, left.Length - start)));
        if (failures is not null)
            for (var index = 0; index < done.Length; index++)
                if (!done[index] && failures.Alone(index)) batches.Enqueue(new[] { index });
        return batches;
    }

    Task Started(Func<Task> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var logger = RunLogger.Ambient;
        background.Start(async () =>
        {
            RunLogger.Ambient = logger; // it is the same run's, whatever of its context a host takes along
            try
            {
                await work();
                ended.TrySetResult();
            }
            catch (Exception failed)
            {
                ended.TrySetException(failed);
            }
        });
        return ended.Task;
    }

    async Task WorkAsync(Queue<ReadOnlyMemory<int>> batches, PageRun run, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            ReadOnlyMemory<int> batch;
            lock (gate) if (!batches.TryDequeue(out batch)) return;
            await ProcessAsync(batch, run, stop);
        }
    }

    async Task ProcessAsync(ReadOnlyMemory<int> batch, PageRun run, CancellationToken stop)
    {
        try
        {
            var failed = await page.ProcessAsync(batch, run, stop) ?? [];
            foreach (var row in failed)
                if (row.Index < 0 || row.Index >= batch.Length)
                    throw new NonRetryableException($"the handler said that row {row.Index} of a batch of {batch.Length} failed; expected an index from 0 to {batch.Length - 1}");
            lock (gate)
            {
                foreach (var index in batch.Span) done[index] = true;
                foreach (var row in failed)
                {
                    var index = batch.Span[row.Index];
                    done[index] = failures?.Failed(index, row.Error, retryable: true, alone: true) == true;
                    Fail(index, 1, new(row.Error, Retryable: true));
                }
            }
        }
        catch (Exception thrown) when (thrown is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            var why = new PageFailure(Failures.Text(thrown), thrown is not NonRetryableException, Failures.Wait(thrown));
            lock (gate)
            {
                if (failures is not null)
                    foreach (var index in batch.Span) done[index] = failures.Failed(index, why.Text, why.Retryable, alone: batch.Length == 1);
                Fail(batch.Span[0], batch.Length, why);
            }
        }
    }

    void Fail(int index, int rows, PageFailure why)
    {
        // One failure that no retry can mend decides; else the first row's is told. Each pause that was asked for is kept.
        var wait = failure is { } other && other.Why.Wait > why.Wait ? other.Why.Wait : why.Wait;
        var keeps = failure is { } known && !(known.Why.Retryable && !why.Retryable) && (known.Index <= index || (!known.Why.Retryable && why.Retryable));
        failure = keeps
            ? (failure!.Value.Index, failure.Value.Why with { Wait = wait })
            : (index, new(Failures.Bounded($"{(rows == 1 ? "row" : $"batch of {rows} rows from")} {Text(page.CursorOf(index))}: {why.Text}"), why.Retryable, wait));
    }

    static string Text(Cursor cursor) => JsonEncodedText.Encode(cursor.ToString(), System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value;
}
