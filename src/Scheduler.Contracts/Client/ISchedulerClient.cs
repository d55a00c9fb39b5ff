namespace Scheduler;

/// <summary>
/// Everything that the HTTP interface offers, in C#. The client in the scheduler's own process, the one over HTTP and the one over
/// the cluster behave alike. What cannot be done is a <see cref="SchedulerException"/>; what was acknowledged is durable.
/// </summary>
public partial interface ISchedulerClient
{
    /// <summary>Creates a task. Its handler must be known by a live node.</summary>
    /// <exception cref="SchedulerException">The definition is invalid, or the name is taken.</exception>
    Task<TaskView> CreateTaskAsync(TaskDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>The task of that name.</summary>
    /// <exception cref="SchedulerException">There is none.</exception>
    Task<TaskView> GetTaskAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>The tasks, by name.</summary>
    Task<Page<TaskView>> ListTasksAsync(TaskQuery query, CancellationToken cancellationToken = default);

    /// <summary>Replaces a task's definition. Its name and the kind of its handler stay.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="definition">The whole new definition.</param>
    /// <param name="ifVersion">The <see cref="TaskView.Version"/> that is replaced; null replaces whichever there is.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">There is no such task, the definition is invalid, or the version is another by now.</exception>
    Task<TaskView> UpdateTaskAsync(string name, TaskDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a task. It is due no more and its name is free at once; its history stays until it is purged.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="mode">What becomes of its open executions.</param>
    /// <param name="cancellationToken">Stops the wait, not the change.</param>
    /// <exception cref="SchedulerException">There is no such task.</exception>
    Task DeleteTaskAsync(string name, DeleteMode mode = DeleteMode.Kill, CancellationToken cancellationToken = default);

    /// <summary>Stops the task's schedule: nothing is due while it is paused. Open executions go on.</summary>
    /// <exception cref="SchedulerException">There is no such task.</exception>
    Task<TaskView> PauseTaskAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Starts the task's schedule again; what was due meanwhile is dropped.</summary>
    /// <exception cref="SchedulerException">There is no such task.</exception>
    Task<TaskView> ResumeTaskAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Asks for one execution now, whatever the schedule says.</summary>
    /// <exception cref="SchedulerException">There is no such task.</exception>
    Task<TriggerResult> TriggerTaskAsync(string name, TriggerRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>The next instants at which the task's schedule is due, as if the task were enabled.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="count">How many, 1 to 1,000.</param>
    /// <param name="from">After this instant; null: after now.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="SchedulerException">There is no such task, or the count is out of its bounds.</exception>
    Task<IReadOnlyList<DateTimeOffset>> NextOccurrencesAsync(string name, int count = 10, DateTimeOffset? from = null, CancellationToken cancellationToken = default);

    /// <summary>How far the task's present or last round has got.</summary>
    /// <exception cref="SchedulerException">There is no such task, or it does not poll.</exception>
    Task<ProgressView> GetProgressAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>How far the task's present or last round has got in each of its databases, by name.</summary>
    /// <exception cref="SchedulerException">There is no such task, or it does not poll.</exception>
    Task<Page<DatabaseProgressView>> ListDatabaseProgressAsync(string name, DatabaseQuery query, CancellationToken cancellationToken = default);

    /// <summary>The task's shards, by database and table.</summary>
    /// <exception cref="SchedulerException">There is no such task, or it does not poll.</exception>
    Task<Page<ShardView>> ListShardsAsync(string name, ShardQuery query, CancellationToken cancellationToken = default);

    /// <summary>The executions, the latest first.</summary>
    Task<Page<ExecutionView>> ListExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken = default);

    /// <summary>The execution of that id.</summary>
    /// <exception cref="SchedulerException">There is none.</exception>
    Task<ExecutionView> GetExecutionAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Asks an execution to stop. It ends when its runs have stopped.</summary>
    /// <exception cref="SchedulerException">There is no such execution, or it has ended.</exception>
    Task<ExecutionView> CancelExecutionAsync(string id, CancellationToken cancellationToken = default);
}
