using Microsoft.Extensions.Logging;
using Scheduler.Running.Logs;
using Scheduler.Running.Sources;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>
/// One pass over a shard, page by page: read, process, checkpoint. It holds a slot for a turn, not for its life: for a page, and for those
/// after it while they are quick; one checkpoint covers them. The next page is read while the last checkpoint is being written, and
/// processed when that is durable.
/// </summary>
sealed class PollingLoop(Node node, ShardState state, Func<ShardCommand, Task<Told<ShardState>>> tell, Func<ShardCommand, ShardCommand, Task<Told<ShardState>>> tellBoth)
{
    readonly long token = state.FencingToken;
    Cursor cursor = state.Cursor;
    PollingPass? pass = Passes.Of(state);
    int attempt = state.Attempt + 1;
    PageWork? page; // a page that failed in part, kept for its next attempt
    int offset; // rows of the page that a checkpoint already covers
    readonly Unwritten unwritten = new(tell);
    DateTimeOffset? retryAt = state.RetryAt;

    /// <summary>Runs the pass to its end. <paramref name="leave"/>: it ends after the page under way; it is cancelled with <paramref name="stop"/> too.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken leave)
    {
        var task = await node.RunnableAsync(state.Key.TaskId, leave);
        if (task.Definition.Handler.Shape is not { } polling) throw new InvalidOperationException($"task {task.Definition.Name} does not poll");
        var handler = task.Definition.Handler;
        var source = node.Handlers.SourceOf(handler);
        var shard = new PollingShard(state.Tenant, task.Definition.Name, state.Database, state.Table);
        var gate = node.Sources.Of(task).Of(shard.Database);

        try
        {
            while (true)
            {
                leave.ThrowIfCancellationRequested();
                if (retryAt is { } at) await node.DelayUntilAsync(at, leave);
                using var entry = await gate.EnterAsync(polling, reads: page is null, leave);
                if (!await TurnAsync(task, polling, source, shard, entry, stop, leave)) return;
                unwritten.Release(); // a page that failed: what it did beyond its prefix is small beside its wait
            }
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            await unwritten.LeaveAsync();
            // A handler may come to its end all the same, however long it was waited for: what it did is not to come again.
            if (page is not { } last || last.Prefix == offset) return;
            unwritten.Keep(Reached(last, last.Prefix, pageDone: last.Prefix == last.Count));
            await unwritten.LeaveAsync();
        }
        catch (SchedulerException refused)
        {
            // The store cannot keep how far this page goes (a key with a NUL, say): another attempt would come to the same end.
            node.Log.LogWarning("Shard {Database}.{Table} of task {Task} ends its round: {Reason}", shard.Database, shard.Table, shard.Task, refused.Message);
            await tell(new ShardCommand.PageFailed(node.Clock.Now, token, Failures.Bounded($"checkpoint: {refused.Message}"), Retryable: false, RetryPolicy.Default, 0));
        }
        finally
        {
            unwritten.GiveUp();
        }
    }

    /// <summary>Attempts at a page, and at those after it while they are quick, within one slot. False: the pass is over for this run.</summary>
    async Task<bool> TurnAsync(TaskState task, IPollingShape polling, IPollingSource source, PollingShard shard, GatePass entry, CancellationToken stop, CancellationToken leave)
    {
        PageFailure? failure;
        var leftAlone = false;
        using (await SlotAsync(task.Definition.Priority, leave))
        {
            var logger = RunLogger.Ambient = node.Logs.Of(new(state.Execution, null, attempt, token, shard.Database, shard.Table), task.Definition.Handler.HandlerName);
            var began = node.Limits.Time.GetTimestamp();
            do
            {
                var reads = page is null;
                failure = reads ? await ReadAsync(polling, source, shard, stop) : null;
                if (failure is { Retryable: true } unread) leftAlone = entry.Failed(unread.Text);
                else if (reads && failure is null) entry.Read(page!.Count);
                if (!await IsDurableAsync()) return false;
                if (failure is null)
                {
                    var run = new PageRun(shard, state.Execution.Value, state.Round, token, attempt, logger);
                    var processing = page!.Count == 0 ? Task.FromResult<PageFailure?>(null) : page.ProcessAsync(run, stop);
                    if (!processing.IsCompleted) unwritten.Tell(underWay: 1); // nobody knows how long it takes: what is done is written meanwhile
                    failure = await processing;
                }
            }
            while (failure is null && GoesOn(polling, began, leave));
        }
        if (failure is null) return await DoneAsync(polling);
        unwritten.Tell();
        if (!await IsDurableAsync()) return false; // what it puts aside is written before anything else is put aside
        return leftAlone || await FailedAsync(task, shard, failure.Value); // left alone, the database is to blame, not the shard: it waits with the others
    }

    /// <summary>Waits for the checkpoint that is under way. False: the shard is no more this run's.</summary>
    async ValueTask<bool> IsDurableAsync() => await unwritten.DurableAsync() is not { } last || IsMine(last.State);

    /// <summary>A slot, and with it the right to have a page that is not durable. Nobody waits for that right with a slot.</summary>
    async ValueTask<Slots.Slot> SlotAsync(int priority, CancellationToken leave)
    {
        var slot = await node.Slots.AcquireAsync(priority, leave);
        if (node.Pages.TryAcquire() is { } right)
        {
            unwritten.Add(right);
            return slot;
        }
        slot.Dispose();
        unwritten.Add(await node.Pages.AcquireAsync(priority, leave));
        return await node.Slots.AcquireAsync(priority, leave);
    }

    /// <summary>Whether the next page is this turn's too. One that has to wait for anything is not.</summary>
    bool GoesOn(IPollingShape polling, long began, CancellationToken leave)
    {
        if (page!.Count < polling.PageSize || polling.Limits is not null || unwritten.Pages >= node.Limits.PagesPerTurn || node.Slots.IsSuspended || leave.IsCancellationRequested
            || node.Limits.Time.GetElapsedTime(began) >= node.Limits.TurnAtMost || node.Pages.TryAcquire() is not { } right) return false;
        unwritten.Add(right);
        Keep();
        return true;
    }

    /// <summary>Reads the next page, and before the first the pass's bound.</summary>
    /// <returns>Why it could not; null: <see cref="page"/> is there.</returns>
    async Task<PageFailure?> ReadAsync(IPollingShape polling, IPollingSource source, PollingShard shard, CancellationToken stop)
    {
        try
        {
            if (pass is null)
            {
                var (highest, before) = await source.BoundsAsync(shard, polling, state.Incremental, stop);
                pass = Passes.Bound(state, highest, before);
                _ = tell(new ShardCommand.Bounded(node.Clock.Now, token, highest, before)); // in line before the first checkpoint, and written with it
            }
            var rows = await source.QueryAsync(shard, cursor, pass.Value, polling.PageSize, stop);
            if (rows.Count >= polling.PageSize && rows.CursorOf(rows.Count - 1) == cursor)
                return new($"query: expected rows after {cursor}, got a page that ends there; the pass would never end", Retryable: false);
            page = new(rows, node.Background, polling.ThreadCount, polling.BatchSize, polling.DeadLetter?.AfterAttempts);
            offset = 0;
            return null;
        }
        catch (Exception thrown) when (thrown is not NotDurableException && (thrown is not OperationCanceledException || !stop.IsCancellationRequested))
        {
            return new(Failures.Bounded($"query: {Failures.Text(thrown)}"), thrown is not NonRetryableException, Failures.Wait(thrown));
        }
    }

    async Task<bool> DoneAsync(IPollingShape polling)
    {
        if (!await IsDurableAsync()) return false;
        var isLast = page!.Count < polling.PageSize;
        Keep();
        if (!isLast)
        {
            unwritten.Tell();
            return true;
        }
        var ended = new ShardCommand.Ended(node.Clock.Now, token);
        await (unwritten.Take() is { } reached ? tellBoth(reached, ended) : tell(ended));
        return false;
    }

    /// <summary>The page is done: its checkpoint joins that of the pages before it in this turn.</summary>
    void Keep()
    {
        var done = page!;
        page = null;
        attempt = 1;
        retryAt = null;
        if (done.Count > 0) unwritten.Keep(Reached(done, done.Count, pageDone: true));
    }

    async Task<bool> FailedAsync(TaskState task, PollingShard shard, PageFailure failure)
    {
        node.Log.LogWarning("Shard {Database}.{Table} of task {Task}: attempt {Attempt} at the page after {Cursor} failed: {Reason}", shard.Database, shard.Table, shard.Task, attempt, cursor, failure.Text);
        var policy = task.Definition.Retry ?? RetryPolicy.Default;
        // Its rows are put aside one by one: the page comes to its end, whatever they do.
        if (page is { PutsAside: true }) (policy, failure) = (policy with { MaxAttempts = int.MaxValue }, failure with { Retryable = true });
        var failed = new ShardCommand.PageFailed(node.Clock.Now, token, failure.Text, failure.Retryable, policy, node.Random.NextDouble()) { Wait = failure.Wait };
        var prefix = page?.Prefix ?? 0;
        Told<ShardState> told;
        if (prefix > offset)
        {
            var reached = Reached(page!, prefix, pageDone: false);
            offset = prefix;
            told = await tellBoth(reached, failed);
        }
        else told = await tell(failed);

        (attempt, retryAt) = (told.State.Attempt + 1, told.State.RetryAt);
        return IsMine(told.State);
    }

    /// <summary>The checkpoint over the first <paramref name="upTo"/> rows of a page; the cursor moves there.</summary>
    ShardCommand.Reached Reached(PageWork work, int upTo, bool pageDone)
    {
        DeadLetter[] aside = !work.PutsAside ? [] :
        [
            .. work.PutAside(offset, upTo).Select(row => new DeadLetter
            {
                Shard = state.Key, Database = state.Database, Table = state.Table, Round = state.Round, Cursor = work.CursorOf(row.Index),
                After = row.Index == 0 ? cursor : work.CursorOf(row.Index - 1), Attempts = row.Attempts, Error = row.Error, Row = row.Json, At = node.Clock.Now,
            }),
        ];
        if (aside.Length > 0)
            node.Log.LogWarning("Shard {Database}.{Table} put {Rows} rows aside that failed again and again, the first at {Cursor}: {Error}. It goes on; they wait among the task's dead letters",
                state.Database, state.Table, aside.Length, aside[0].Cursor, aside[0].Error);
        cursor = work.CursorOf(upTo - 1);
        return new(node.Clock.Now, token, cursor, upTo - offset - aside.Length, pageDone) { DeadLetters = aside };
    }

    bool IsMine(ShardState now) => now.Status == ShardStatus.Running && now.FencingToken == token;
}
