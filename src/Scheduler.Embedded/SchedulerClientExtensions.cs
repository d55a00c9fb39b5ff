namespace Scheduler;

/// <summary>What programs and tests often want of an <see cref="ISchedulerClient"/>.</summary>
public static class SchedulerClientExtensions
{
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until an execution has ended, in whatever way.</summary>
    /// <param name="client">The client.</param>
    /// <param name="executionId">The execution's id.</param>
    /// <param name="patience">How long at most, by the real clock; 30 seconds where it is null.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="TimeoutException">It has not ended; the message says where it stands.</exception>
    /// <exception cref="SchedulerException">There is no such execution.</exception>
    public static Task<ExecutionView> WaitForExecutionAsync(this ISchedulerClient client, string executionId, TimeSpan? patience = null, CancellationToken cancellationToken = default) =>
        WaitAsync(() => client.GetExecutionAsync(executionId, cancellationToken), execution => execution.EndedAt is not null,
            execution => $"execution {executionId} of task {execution.Task} is {execution.Status}, attempt {execution.Attempt}{(execution.Error is { } error ? $", {error}" : "")}", patience, cancellationToken);

    /// <summary>Waits until the task has that many executions that have ended, and gives them, the oldest first.</summary>
    /// <param name="client">The client.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="count">How many, 1 to 1,000.</param>
    /// <param name="patience">How long at most, by the real clock; 30 seconds where it is null.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="TimeoutException">There are not as many; the message says how many.</exception>
    public static async Task<IReadOnlyList<ExecutionView>> WaitForExecutionsAsync(this ISchedulerClient client, string task, int count, TimeSpan? patience = null, CancellationToken cancellationToken = default)
    {
        var page = await WaitAsync(() => client.ListExecutionsAsync(new() { Task = task, Limit = 1000 }, cancellationToken), executions => executions.Items.Count(each => each.EndedAt is not null) >= count,
            executions => $"expected {count} ended executions of task {task}, got {executions.Items.Count(each => each.EndedAt is not null)} ({executions.Items.Count} in all)", patience, cancellationToken);
        return [.. page.Items.Where(each => each.EndedAt is not null).Reverse()];
    }

    static async Task<T> WaitAsync<T>(Func<Task<T>> read, Func<T, bool> isDone, Func<T, string> describe, TimeSpan? patience, CancellationToken cancellationToken)
    {
        var most = patience ?? TimeSpan.FromSeconds(30);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (isDone(value)) return value;
            if (TimeProvider.System.GetElapsedTime(began) > most) throw new TimeoutException($"{describe(value)} after {most}");
            await Task.Delay(Between, cancellationToken);
        }
    }
}
