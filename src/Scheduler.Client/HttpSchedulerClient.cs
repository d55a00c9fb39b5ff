using System.Net.Http.Headers;

namespace Scheduler.Client;

/// <summary>A scheduler somewhere else, over its HTTP interface. Safe for any number of threads.</summary>
/// <remarks>Newer schedulers are understood: what an answer has beyond this version is passed over.</remarks>
/// <param name="http">Its base address is the scheduler's root, with a slash at the end. It is not disposed.</param>
public sealed partial class HttpSchedulerClient(HttpClient http) : ISchedulerClient
{
    readonly HttpClient http = http;
    readonly Connection connection = new(http);

    HttpSchedulerClient(HttpClient http, string tenant) : this(http) => connection = new(http, tenant);

    /// <inheritdoc/>
    public Task<TaskView> CreateTaskAsync(TaskDefinition definition, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Post, "tasks", definition, cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> GetTaskAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Get, Path.Of("tasks", name), null, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<TaskView>> ListTasksAsync(TaskQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<TaskView>>(HttpMethod.Get, new Path("tasks").With("status", query.Status).With("q", query.Search).With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> UpdateTaskAsync(string name, TaskDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Put, Path.Of("tasks", name), definition, cancellationToken,
            headers => { if (ifVersion is { } version) headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\"")); });

    /// <inheritdoc/>
    public Task DeleteTaskAsync(string name, DeleteMode mode = DeleteMode.Kill, CancellationToken cancellationToken = default) =>
        connection.SendAsync(HttpMethod.Delete, Path.Of("tasks", name).With<DeleteMode>("mode", mode), cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> PauseTaskAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Post, Path.Of("tasks", name, "pause"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> ResumeTaskAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TaskView>(HttpMethod.Post, Path.Of("tasks", name, "resume"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<TriggerResult> TriggerTaskAsync(string name, TriggerRequest? request = null, CancellationToken cancellationToken = default) =>
        connection.SendAsync<TriggerResult>(HttpMethod.Post, Path.Of("tasks", name, "trigger"), request ?? new(), cancellationToken,
            headers => IdempotencyHeader.Add(headers, request?.IdempotencyKey));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DateTimeOffset>> NextOccurrencesAsync(string name, int count = 10, DateTimeOffset? from = null, CancellationToken cancellationToken = default) =>
        (await connection.SendAsync<Page<DateTimeOffset>>(HttpMethod.Get, Path.Of("tasks", name, "next").With("count", count).With("from", from), null, cancellationToken)).Items;

    /// <inheritdoc/>
    public Task<ProgressView> GetProgressAsync(string name, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ProgressView>(HttpMethod.Get, Path.Of("tasks", name, "progress"), null, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<DatabaseProgressView>> ListDatabaseProgressAsync(string name, DatabaseQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<DatabaseProgressView>>(HttpMethod.Get, Path.Of("tasks", name, "progress/databases").With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ShardView>> ListShardsAsync(string name, ShardQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<ShardView>>(HttpMethod.Get, Path.Of("tasks", name, "shards").With("status", query.Status).With("db", query.Database).With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ExecutionView>> ListExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<ExecutionView>>(HttpMethod.Get, new Path("executions").With("task", query.Task).With("status", query.Status)
            .With("from", query.From).With("to", query.To).With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public Task<ExecutionView> GetExecutionAsync(string id, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ExecutionView>(HttpMethod.Get, Path.Of("executions", id), null, cancellationToken);

    /// <inheritdoc/>
    public Task<ExecutionView> CancelExecutionAsync(string id, CancellationToken cancellationToken = default) =>
        connection.SendAsync<ExecutionView>(HttpMethod.Post, Path.Of("executions", id, "cancel"), null, cancellationToken);
}
