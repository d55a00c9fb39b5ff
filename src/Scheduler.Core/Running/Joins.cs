using System.Runtime.ExceptionServices;

namespace Scheduler.Running;

/// <summary>
/// Waits for tasks that stay in their context. <c>Task.WhenAll</c> and <c>Task.WaitAsync</c> do their bookkeeping on the thread pool where
/// a task runs its continuations asynchronously, as all of ours do: a hop for each, and an order that no simulation could repeat.
/// </summary>
static class Joins
{
    /// <summary>Ends when all have; then fails as the first of them that did.</summary>
    public static async Task AllAsync(this IEnumerable<Task> tasks)
    {
        ExceptionDispatchInfo? first = null;
        foreach (var task in tasks.ToArray())
        {
            try
            {
                await task;
            }
            catch (Exception failure)
            {
                first ??= ExceptionDispatchInfo.Capture(failure);
            }
        }
        first?.Throw();
    }

    /// <summary>Ends as the task does, or is cancelled when the wait for it is; the task itself goes on.</summary>
    public static Task<T> OrStopAsync<T>(this Task<T> task, CancellationToken stop)
    {
        if (task.IsCompleted || !stop.CanBeCanceled) return task;
        var either = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = FollowAsync(task, either, stop);
        return either.Task;
    }

    /// <inheritdoc cref="OrStopAsync{T}(Task{T}, CancellationToken)"/>
    public static Task OrStopAsync(this Task task, CancellationToken stop) => task.IsCompleted ? task : Valued(task).OrStopAsync(stop);

    static async Task<bool> Valued(Task task)
    {
        await task;
        return true;
    }

    static async Task FollowAsync<T>(Task<T> task, TaskCompletionSource<T> either, CancellationToken stop)
    {
        using var _ = stop.Register(() => either.TrySetCanceled(stop));
        try
        {
            either.TrySetResult(await task);
        }
        catch (OperationCanceledException cancelled)
        {
            either.TrySetCanceled(cancelled.CancellationToken);
        }
        catch (Exception failure)
        {
            either.TrySetException(failure);
        }
    }
}
