using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Running.Logs;

namespace Scheduler.Running;

/// <summary>One attempt of a code task: waits for a slot, calls the handler once, reports.</summary>
sealed class CodeRun(Node node, ExecutionState state, Func<ExecutionCommand, Task<Told<ExecutionState>>> tell)
{
    /// <summary>Bytes of JSON that a result may have.</summary>
    const int ResultLimit = 64 * 1024;

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            var task = await node.RunnableAsync(state.Seed.TaskId, stop);
            var handler = task.Definition.Handler.HandlerName;

            using var slot = await node.Slots.AcquireAsync(state.Seed.Priority, stop);
            _ = tell(new ExecutionCommand.Started(node.Clock.Now, state.FencingToken, node.Id)); // lazy, and before whatever else the run says
            var end = await ExecuteAsync(handler, stop);
            // Others run while this end is written, unless too many ends wait for that.
            using var report = await node.Reports.AcquireAsync(state.Seed.Priority, CancellationToken.None);
            slot.Dispose();
            await tell(end);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await tell(new ExecutionCommand.RunStopped(node.Clock.Now, state.FencingToken));
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
            return new ExecutionCommand.RunFailed(node.Clock.Now, state.FencingToken, Failures.Text(failure), failure is not NonRetryableException, node.Random.NextDouble());
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
