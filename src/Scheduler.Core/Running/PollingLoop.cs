using Microsoft.Extensions.Logging;
using Scheduler.Running.Sources;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>
/// One pass over a shard, page by page: read, process, checkpoint. It holds a slot for a page, not for its life. The next page is read
/// while the checkpoint of the last is being written, and processed when that is durable.
/// </summary>
sealed class PollingLoop(Node node, ShardState state, Func<ShardCommand, Task<Told<ShardState>>> tell, Func<ShardCommand, ShardCommand, Task<Told<ShardState>>> tellBoth)
{
    readonly long token = state.FencingToken;
    Cursor cursor = state.Cursor;
    PollingPass? pass = Passes.Of(state);
    int attempt = state.Attempt + 1;
    PageWork? page; // a page that failed in part, kept for its next attempt
    int offset; // rows of the page that a checkpoint already covers
    Slots.Slot? undurable; // the right to have a page that is not durable yet
    Task<Told<ShardState>>? checkpoint; // of the last page, under way
    DateTimeOffset? retryAt = state.RetryAt;

    /// <summary>Runs the pass to its end. <paramref name="leave"/>: it ends after the page under way; it is cancelled with <paramref name="stop"/> too.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken leave)
    {
        var task = await node.Definitions.WaitAsync(state.Key.TaskId, leave);
        if (task.Definition.Handler.Shape is not { } polling) throw new InvalidOperationException($"task {task.Definition.Name} does not poll");
        var handler = task.Definition.Handler;
        await node.HandlerAsync(handler.HandlerName, handler.Kind, task.Definition.Name, leave);
        var source = node.Handlers.SourceOf(handler);
        var shard = new PollingShard(state.Tenant, task.Definition.Name, state.Database, state.Table);
        var gate = node.Sources.Of(task).Of(shard.Database);

        try
        {
            while (true)
            {
                leave.ThrowIfCancellationRequested();
                if (retryAt is { } at) await node.DelayUntilAsync(at, leave);
                using var turn = await gate.EnterAsync(polling, reads: page is null, leave);
                undurable = await node.Pages.AcquireAsync(task.Definition.Priority, leave);
                if (!await PageAsync(task, polling, source, shard, turn, stop, leave)) return;
                undurable?.Dispose(); // a page that failed: what it did beyond its prefix is small beside its wait
            }
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            if (checkpoint is { } last) await last;
        }
        catch (SchedulerException refused)
        {
            // The store cannot keep how far this page goes (a key with a NUL, say): another attempt would come to the same end.
            node.Log.LogWarning("Shard {Database}.{Table} of task {Task} ends its round: {Reason}", shard.Database, shard.Table, shard.Task, refused.Message);
            await tell(new ShardCommand.PageFailed(node.Clock.Now, token, Failures.Bounded($"checkpoint: {refused.Message}"), Retryable: false, RetryPolicy.Default, 0));
        }
        finally
        {
            undurable?.Dispose();
        }
    }

    /// <summary>One attempt at a page, within one slot. False: the pass is over for this run.</summary>
    async Task<bool> PageAsync(TaskState task, IPollingShape polling, IPollingSource source, PollingShard shard, GatePass turn, CancellationToken stop, CancellationToken leave)
    {
        PageFailure? failure;
        var leftAlone = false;
        using (await node.Slots.AcquireAsync(task.Definition.Priority, leave))
        {
            var reads = page is null;
            failure = reads ? await ReadAsync(polling, source, shard, stop) : null;
            if (failure is { Retryable: true } unread) leftAlone = turn.Failed(unread.Text);
            else if (reads && failure is null) turn.Read(page!.Count);
            if (checkpoint is { } last)
            {
                checkpoint = null;
                if (!IsMine((await last).State)) return false;
            }
            if (failure is null)
            {
                var run = new PageRun(shard, state.Execution.Value, state.Round, token, attempt, node.Log);
                failure = page!.Count == 0 ? null : await page.ProcessAsync(run, stop);
            }
        }
        if (leftAlone) return true; // the database is to blame, not the shard: it waits with the others
        return failure is { } failed ? await FailedAsync(task, shard, failed) : await DoneAsync(polling);
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
        var (done, isLast) = (page!, page!.Count < polling.PageSize);
        page = null;
        attempt = 1;
        retryAt = null;
        if (done.Count == 0)
        {
            await tell(new ShardCommand.Ended(node.Clock.Now, token));
            return false;
        }
        var reached = Reached(done, done.Count, pageDone: true);
        if (isLast)
        {
            await tellBoth(reached, new ShardCommand.Ended(node.Clock.Now, token));
            return false;
        }
        checkpoint = HoldAsync(undurable!, tell(reached));
        undurable = null;
        return true;
    }

    static async Task<Told<ShardState>> HoldAsync(Slots.Slot right, Task<Told<ShardState>> durable)
    {
        using (right) return await durable;
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
        DeadLetter[] aside =
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
