using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Running.Logs;

namespace Scheduler.Running;

/// <summary>One attempt of a code task: waits for its instant and a slot, calls the handler once, reports.</summary>
/// <param name="node">Where it runs.</param>
/// <param name="state">The execution, as it is durable.</param>
/// <param name="tell">Tells the execution.</param>
/// <param name="isCancelTold">Whether somebody has asked the execution to stop, though it may not have heard yet.</param>
sealed class CodeRun(Node node, ExecutionState state, Func<ExecutionCommand, Task<Told<ExecutionState>>> tell, Func<bool> isCancelTold)
{
    /// <summary>Bytes of JSON that a result may have.</summary>
    const int ResultLimit = 64 * 1024;

    readonly Lock gate = new();
    Slots.Slot? slot;
    bool givenUp;

    /// <summary>
    /// The run did not heed its cancellation: its slot is free for others while its code still runs. Of too many such runs at once (see
    /// <see cref="NodeLimits.AbandonedRuns"/>) the further ones keep theirs: the code that hangs has to be mended.
    /// </summary>
    public void GiveUp()
    {
        lock (gate)
        {
            if (slot is null || givenUp || !node.TryAbandonRun()) return;
            givenUp = true;
            slot.Dispose();
        }
        node.Log.LogWarning("Execution {Execution} of task {Task} did not heed its cancellation: it is given up and its slot is free, but its code still runs", state.Id, state.Seed.TaskName);
    }

    /// <summary>Runs the code. <paramref name="leave"/>: as long as it has not begun, it begins elsewhere; it is cancelled with <paramref name="stop"/> too.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken leave)
    {
        try
        {
            var task = await node.RunnableAsync(state.Seed.TaskId, leave);
            var handler = task.Definition.Handler.HandlerName;

            var (granted, now) = await SlotAsync(leave);
            lock (gate) slot = granted;
            Slots.Slot? report = null;
            ExecutionCommand end;
            try
            {
                var started = tell(new ExecutionCommand.Started(now, state.FencingToken, node.Id)); // lazy, and before whatever else the run says
                // Else a loss of the run might go unseen, or code begin that somebody knows to be stopped.
                if ((state.StartsDurably || isCancelTold()) && (await started).State is { HasEnded: true } or { Stopping: not StopReason.None })
                    end = new ExecutionCommand.RunStopped(node.Clock.Now, state.FencingToken);
                else end = await ExecuteAsync(handler, stop);
                // Others run while this end is written, unless too many ends wait for that.
                report = await node.Reports.AcquireAsync(state.Seed.Priority, CancellationToken.None);
            }
            finally
            {
                Leave();
            }
            using (report) await tell(end);
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            await tell(new ExecutionCommand.RunStopped(node.Clock.Now, state.FencingToken));
        }
    }

    /// <summary>A slot, and the time at which it was there: not before the execution may begin.</summary>
    async ValueTask<(Slots.Slot Slot, DateTimeOffset At)> SlotAsync(CancellationToken leave)
    {
        while (true)
        {
            await node.DelayUntilAsync(state.Seed.BeginsAt, leave);
            var granted = await node.Slots.AcquireAsync(state.Seed.Priority, leave);
            var now = node.Clock.Now;
            if (now >= state.Seed.BeginsAt) return (granted, now);
            granted.Dispose(); // this node's clock was put back meanwhile
        }
    }

    void Leave()
    {
        lock (gate)
        {
            slot?.Dispose();
            slot = null;
            if (givenUp) node.AbandonedRunEnded();
        }
    }

    async Task<ExecutionCommand> ExecuteAsync(string handler, CancellationToken stop)
    {
        var logger = RunLogger.Ambient = node.Logs.Of(new(state.Id, state.CreatedAt, state.Attempt, state.FencingToken), handler);
        var context = new TaskContext
        {
            Tenant = state.Seed.Tenant,
            Task = state.Seed.TaskName,
            ExecutionId = state.Id.Value,
            Attempt = state.Attempt,
            FencingToken = state.FencingToken,
            ScheduledAt = state.Seed.ScheduledAt,
            Parameters = state.Seed.Parameters,
            Logger = logger,
        };
        try
        {
            var result = await node.Handlers.ExecuteAsync(handler, context, stop);
            return new ExecutionCommand.RunSucceeded(node.Clock.Now, state.FencingToken, Json(result));
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            node.Log.LogWarning(failure, "Attempt {Attempt} of execution {Execution} of task {Task} failed", state.Attempt, state.Id, state.Seed.TaskName);
            return new ExecutionCommand.RunFailed(node.Clock.Now, state.FencingToken, Failures.Text(failure), failure is not NonRetryableException, node.Random.NextDouble()) { Stack = Failures.Stack(failure) };
        }
    }

    /// <summary>The result as JSON. One that is too large, or is none, fails the attempt for good: another attempt would give the same.</summary>
    static JsonElement? Json(object? result)
    {
        if (result is null) return null;
        JsonElement json;
        try
        {
            json = result is JsonElement element ? element : JsonSerializer.SerializeToElement(result, JsonSerializerOptions.Web);
        }
        catch (Exception failure) when (failure is NotSupportedException or JsonException)
        {
            throw new NonRetryableException($"expected a result that can be written as JSON, got {result.GetType().Name}: {failure.Message}", failure);
        }
        var size = System.Text.Encoding.UTF8.GetByteCount(json.GetRawText());
        return size <= ResultLimit ? json : throw new NonRetryableException($"expected a result of at most {ResultLimit} bytes of JSON, got {size}; the work itself was done");
    }
}
