using Microsoft.Extensions.Logging;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>
/// The definitions that runs go by: read once for all runs of an execution. A run takes the definition as it is when the run begins;
/// a change in the middle of a round is seen by the runs that begin after it.
/// </summary>
public sealed class DefinitionCache(Node node)
{
    /// <summary>How long a definition that was read serves.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    readonly Recent<long, TaskState> tasks = new(Fresh, capacity: 4096);

    /// <summary>The task; throws where it is not in the store.</summary>
    public Task<TaskState> GetAsync(long taskId) => tasks.GetAsync(taskId, node.Limits.Time, ReadAsync);

    /// <summary>Takes a task that is durable as it is.</summary>
    public void Learn(TaskState task) => tasks.Learn(task.Id, node.Limits.Time, task);

    /// <summary>Has the task read anew when it is next asked for.</summary>
    public void Forget(long taskId) => tasks.Forget(taskId);

    /// <summary>The task, as soon as the store answers.</summary>
    public async Task<TaskState> WaitAsync(long taskId, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await GetAsync(taskId);
            }
            catch (Exception failure)
            {
                node.Log.LogWarning("The definition of task {Task} could not be read and is asked for again within {Fresh}: {Reason}", taskId, Fresh, failure.Message);
                await Task.Delay(Fresh, node.Limits.Time, cancellationToken);
            }
        }
    }

    async Task<TaskState> ReadAsync(long taskId) =>
        (await node.Store.ReadTaskAsync(taskId, CancellationToken.None))?.State ?? throw new InvalidOperationException($"task {taskId} is not in the store");
}
