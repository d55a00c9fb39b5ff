using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    /// <inheritdoc/>
    public ValueTask<Stored<ExecutionState>?> ReadExecutionAsync(ExecutionId id, CancellationToken cancellationToken) =>
        ReadOneAsync(queries.Execution, ExecutionRows.Read, cancellationToken, ("@id", id.Value));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ExecutionState>>> DueExecutionsAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) => bucket.IsAll
        ? await ReadAsync(queries.DueExecutions, ExecutionRows.Read, cancellationToken, ("@before", Instants.MillisecondsUp(before)), ("@limit", limit))
        : await ReadAsync(queries.DueExecutionsOfBucket, ExecutionRows.Read, cancellationToken, ("@before", Instants.MillisecondsUp(before)), ("@endings", bucket.Endings), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ExecutionState>>> OpenExecutionsAsync(ExecutionId? after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.OpenExecutions, ExecutionRows.Read, cancellationToken, ("@after", after?.Value ?? ""), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ExecutionState>>> ListExecutionsAsync(ExecutionFilter filter, (DateTimeOffset ScheduledAt, ExecutionId Id)? after, int limit, CancellationToken cancellationToken)
    {
        if (filter.TaskName is null) return await ListAsync(null);

        // A name that was deleted and made again has several tasks, each with an index range of its own.
        var tasks = await ReadAsync(queries.TaskIds, reader => reader.GetInt64(0), cancellationToken, ("@tenant", filter.Tenant), ("@name", filter.TaskName));
        if (tasks.Count == 1) return await ListAsync(tasks[0]);
        List<Stored<ExecutionState>> all = [];
        foreach (var task in tasks) all.AddRange(await ListAsync(task));
        return
        [
            .. all.OrderByDescending(execution => Instants.Milliseconds(execution.State.Seed.ScheduledAt))
                .ThenBy(execution => execution.State.Id.Value, StringComparer.Ordinal).Take(limit),
        ];

        ValueTask<List<Stored<ExecutionState>>> ListAsync(long? task)
        {
            List<(string, object?)> parameters = [task is { } id ? ("@task", id) : ("@tenant", filter.Tenant)];
            if (filter.Status is { } status) parameters.Add(("@status", Codes.ExecutionStatus.Of(status)));
            if (filter.From is { } from) parameters.Add(("@from", Instants.Milliseconds(from)));
            if (filter.To is { } to) parameters.Add(("@to", Instants.MillisecondsUp(to)));
            if (after is { } last) parameters.AddRange([("@after", Instants.Milliseconds(last.ScheduledAt)), ("@after_id", last.Id.Value)]);
            parameters.Add(("@limit", limit));
            var sql = queries.ListExecutions(task is not null, filter.Status is not null, filter.From is not null, filter.To is not null, after is not null);
            return ReadAsync(sql, ExecutionRows.Read, cancellationToken, [.. parameters]);
        }
    }
}
