using System.Globalization;

namespace Scheduler.Tests.Fakes;

/// <summary>A scheduler small enough to be seen through: it lives in memory, runs at once, and knows the handlers of the client's conformance suite.</summary>
sealed partial class FakeScheduler : ISchedulerClient
{
    readonly Lock gate = new();
    readonly List<FakeTask> tasks = [];
    readonly List<FakeExecution> executions = [];

    /// <summary>What every call throws, where it is set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The calls so far, as text.</summary>
    public List<string> Calls { get; } = [];

    public Task<TaskView> CreateTaskAsync(TaskDefinition definition, CancellationToken cancellationToken = default) => Do($"create {definition.Name}", cancellationToken, () =>
    {
        Check(definition);
        CheckSchedule(definition.Schedule);
        if (Living.Any(task => task.Name == definition.Name)) throw new SchedulerException(SchedulerErrorKind.Conflict, $"there is a task \"{definition.Name}\" already");
        var task = new FakeTask(definition, Now);
        tasks.Add(task);
        Tell(SchedulerEventKind.TaskCreated, task);
        return View(task);
    });

    public Task<TaskView> GetTaskAsync(string name, CancellationToken cancellationToken = default) => Do($"get {name}", cancellationToken, () => View(Find(name)));

    public Task<Page<TaskView>> ListTasksAsync(TaskQuery query, CancellationToken cancellationToken = default) => Do($"list {query}", cancellationToken, () => PageOf(
        Living.Where(task => (query.Status is null || task.Status == query.Status) && task.Name.Contains(query.Search ?? "", StringComparison.Ordinal)).OrderBy(task => task.Name, StringComparer.Ordinal),
        View, query.Cursor, query.Limit));

    public Task<TaskView> UpdateTaskAsync(string name, TaskDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default) => Do($"update {name} {ifVersion}", cancellationToken, () =>
    {
        var task = Find(name);
        Check(definition);
        if (ifVersion is not null && ifVersion != task.Version) throw new SchedulerException(SchedulerErrorKind.VersionMismatch, $"expected version {ifVersion} of task \"{name}\", it has version {task.Version} by now");
        if (definition.Name != name || definition.Handler.Kind != task.Definition.Handler.Kind) throw new SchedulerException(SchedulerErrorKind.Conflict, "a task keeps its name and its kind");
        task.Definition = definition;
        return View(Changed(task));
    });

    public Task DeleteTaskAsync(string name, DeleteMode mode = DeleteMode.Kill, CancellationToken cancellationToken = default) => Do($"delete {name}{(mode == DeleteMode.Kill ? "" : $" {mode}")}", cancellationToken, () =>
    {
        var task = Find(name);
        Changed(task).Status = ScheduledTaskStatus.Deleted;
        foreach (var open in Open(task).ToArray())
            if (mode == DeleteMode.Kill) End(open, ExecutionStatus.Cancelled, "its task was deleted");
        return task;
    });

    public Task<TaskView> PauseTaskAsync(string name, CancellationToken cancellationToken = default) => Do($"pause {name}", cancellationToken, () => View(Turn(Find(name), ScheduledTaskStatus.Paused)));

    public Task<TaskView> ResumeTaskAsync(string name, CancellationToken cancellationToken = default) => Do($"resume {name}", cancellationToken, () => View(Turn(Find(name), ScheduledTaskStatus.Enabled)));

    public Task<TriggerResult> TriggerTaskAsync(string name, TriggerRequest? request = null, CancellationToken cancellationToken = default) => Do($"trigger {name} {request?.IdempotencyKey}", cancellationToken, () =>
    {
        Check(request ??= new());
        NotHeld();
        var (task, text) = (Find(name), request.Parameters?.GetRawText());
        var known = executions.FirstOrDefault(each => each.Task == task && each.Key is not null && each.Key == request.IdempotencyKey);
        if (known is not null && (known.Request.Parameters?.GetRawText() != text || known.Request with { Parameters = null } != request with { Parameters = null }))
            throw new SchedulerException(SchedulerErrorKind.IdempotencyMismatch, $"idempotency key \"{request.IdempotencyKey}\": expected the request that it was first used with, got another");
        return new TriggerResult((known ?? Begin(task, request, TriggerKind.Manual, Now)).View.Id);
    });

    public Task<IReadOnlyList<DateTimeOffset>> NextOccurrencesAsync(string name, int count = 10, DateTimeOffset? from = null, CancellationToken cancellationToken = default) => Do($"next {name} {count} {from:O}", cancellationToken, () =>
    {
        if (count is < 1 or > 1000) throw new SchedulerException([new("count", $"expected 1 to 1000, got {count}")]);
        Check(("from", from));
        return (IReadOnlyList<DateTimeOffset>)[.. Find(name).Occurrences(from ?? Now).Where(at => !Excluded(Find(name).Definition.Schedule, at)).Take(count)];
    });

    public Task<ProgressView> GetProgressAsync(string name, CancellationToken cancellationToken = default) => Do($"progress {name}", cancellationToken, () => Find(name).Polling().Progress());

    public Task<Page<DatabaseProgressView>> ListDatabaseProgressAsync(string name, DatabaseQuery query, CancellationToken cancellationToken = default) => Do($"databases {name} {query}", cancellationToken, () => PageOf(
        Find(name).Polling().Databases(), database => database, query.Cursor, query.Limit));

    public Task<Page<ShardView>> ListShardsAsync(string name, ShardQuery query, CancellationToken cancellationToken = default) => Do($"shards {name} {query}", cancellationToken, () => PageOf(
        Find(name).Polling().Shards().Where(shard => (query.Status is null || shard.Status == query.Status) && (query.Database is null || shard.Database == query.Database)), shard => shard, query.Cursor, query.Limit));

    public Task<Page<ExecutionView>> ListExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken = default) => Do($"executions {query}", cancellationToken, () => PageOf(
        executions.Select(each => each.View).Reverse().Where(view => (query.Task is null || view.Task == query.Task) && (query.Status is null || view.Status == query.Status)
            && (query.From is null || view.ScheduledAt >= query.From) && (query.To is null || view.ScheduledAt < query.To)), view => view, query.Cursor, query.Limit));

    public Task<ExecutionView> GetExecutionAsync(string id, CancellationToken cancellationToken = default) => Do($"execution {id}", cancellationToken, () => FindExecution(id).View);

    public Task<ExecutionView> CancelExecutionAsync(string id, CancellationToken cancellationToken = default) => Do($"cancel {id}", cancellationToken, () =>
    {
        var execution = FindExecution(id);
        if (execution.View.EndedAt is not null) throw new SchedulerException(SchedulerErrorKind.Conflict, $"execution {id} has ended");
        End(execution, ExecutionStatus.Cancelled, "it was cancelled on request");
        return execution.View;
    });

    static DateTimeOffset Now => DateTimeOffset.UtcNow;

    IEnumerable<FakeTask> Living => tasks.Where(task => task.Status != ScheduledTaskStatus.Deleted);

    Task<T> Do<T>(string call, CancellationToken cancellationToken, Func<T> act)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        lock (gate)
            try
            {
                Calls.Add(call);
                if (Failure is not null) throw Failure;
                CatchUp();
                return Task.FromResult(act());
            }
            catch (Exception failure)
            {
                return Task.FromException<T>(failure);
            }
    }

    FakeTask Find(string name) => Living.FirstOrDefault(task => task.Name == name) ?? throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no task \"{name}\"");

    FakeExecution FindExecution(string id) => executions.Find(each => each.View.Id == id) ?? throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no execution \"{id}\"");

    static FakeTask Changed(FakeTask task)
    {
        task.Version++;
        task.UpdatedAt = Now;
        return task;
    }

    static FakeTask Turn(FakeTask task, ScheduledTaskStatus status)
    {
        if (task.Status != status) Changed(task).Status = status;
        return task;
    }

    TaskView View(FakeTask task) => new()
    {
        Name = task.Name,
        Status = task.Status,
        Version = task.Version,
        Definition = task.Definition,
        NextAt = task.Status == ScheduledTaskStatus.Enabled ? task.Occurrences(task.CreatedAt).Cast<DateTimeOffset?>().FirstOrDefault() : null,
        QuarantinedDatabases = task.Quarantined.Count == 0 ? null : [.. task.Quarantined],
        OpenExecutions = [.. Open(task).Select(open => open.View.Id)],
        ExecutionCount = task.Sequence,
        CreatedAt = task.CreatedAt,
        UpdatedAt = task.UpdatedAt,
    };

    static Page<TView> PageOf<T, TView>(IEnumerable<T> all, Func<T, TView> view, string? cursor, int limit)
    {
        if (limit is < 1 or > 1000) throw new SchedulerException([new("limit", $"expected 1 to 1000, got {limit}")]);
        if (!int.TryParse(cursor ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var skip)) throw new SchedulerException([new("cursor", $"expected the \"next\" of a page of this list, got \"{cursor}\"")]);
        var rest = all.Skip(skip).Take(limit + 1).ToArray();
        return new([.. rest.Take(limit).Select(view)], rest.Length <= limit ? null : (skip + limit).ToString(CultureInfo.InvariantCulture));
    }
}
