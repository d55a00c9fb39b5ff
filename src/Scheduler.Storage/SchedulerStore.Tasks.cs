using Scheduler.Running;
using Scheduler.Storage.Rows;
using Scheduler.Tasks;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    /// <inheritdoc/>
    public ValueTask<Stored<TaskState>?> ReadTaskAsync(long id, CancellationToken cancellationToken) =>
        ReadOneAsync(queries.Task, TaskRows.Read, cancellationToken, ("@id", id));

    /// <inheritdoc/>
    public ValueTask<Stored<TaskState>?> FindTaskAsync(string tenant, string name, CancellationToken cancellationToken) =>
        ReadOneAsync(queries.FindTask, TaskRows.Read, cancellationToken, ("@tenant", tenant), ("@name", name));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<TaskState>>> DueTasksAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) => bucket.IsAll
        ? await ReadAsync(queries.DueTasks, TaskRows.Read, cancellationToken, ("@before", Instants.MillisecondsUp(before)), ("@limit", limit))
        : await ReadAsync(queries.DueTasksOfBucket, TaskRows.Read, cancellationToken, ("@before", Instants.MillisecondsUp(before)), ("@of", (long)bucket.Of), ("@index", (long)bucket.Index), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<int> CountSleepersAsync(int most, CancellationToken cancellationToken) =>
        (int)(await ReadAsync(queries.CountSleepers, reader => reader.GetInt64(0), cancellationToken, ("@most", most)))[0];

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<TaskState>>> ListTasksAsync(string tenant, ScheduledTaskStatus? status, string? search, string? after, int limit, CancellationToken cancellationToken)
    {
        List<(string, object?)> parameters = [("@tenant", tenant)];
        if (search is not null) parameters.Add(("@search", search));
        if (after is not null) parameters.Add(("@after", after));
        parameters.Add(("@limit", limit));
        return await ReadAsync(queries.ListTasks(status, search is not null, after is not null), TaskRows.Read, cancellationToken, [.. parameters]);
    }
}
