using System.Text.Json;
using Scheduler.Definitions;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Schedules;
using Scheduler.Tasks;

namespace Scheduler.Client;

/// <summary>The client in the scheduler's own process: it asks the entities, and reads the store.</summary>
/// <param name="current">The node that it speaks to; throws where there is none yet.</param>
/// <param name="tenant">The tenant that it speaks for.</param>
/// <param name="others">The other nodes; null: there are none.</param>
public sealed partial class DirectClient(Func<Node> current, string tenant = DirectClient.DefaultTenant, IOtherNodes? others = null) : ISchedulerClient
{
    /// <summary>The tenant when none is named.</summary>
    public const string DefaultTenant = "default";

    /// <summary>Looks at an idempotency key while others trigger the same task.</summary>
    const int MostLooks = 50;

    readonly RoundCounts counts = new();

    Node Node => current();

    const int ParametersLimit = 64 * 1024;

    /// <inheritdoc/>
    public async Task<TaskView> CreateTaskAsync(TaskDefinition definition, CancellationToken cancellationToken = default)
    {
        await CheckAsync(definition, null, cancellationToken);
        var calendars = await ResolveAsync(definition.Schedule, cancellationToken);
        await CheckSourcesAsync(definition, "Nothing was created", cancellationToken);
        var id = Math.Max(1, Node.Random.NextId() & ((1L << 53) - 1)); // JSON numbers hold it
        var told = await AskAsync(id, null, new TaskCommand.Create(Node.Clock.Now, tenant, definition) { SaidAt = Node.Clock.Now, Calendars = calendars }, cancellationToken);
        if (definition.Handler.Kind.Polls()) await Node.Shards.TryEnsureAsync(told); // so that who lists them next sees them all
        return Views.Of(told);
    }

    /// <inheritdoc/>
    public async Task<TaskView> GetTaskAsync(string name, CancellationToken cancellationToken = default) => Views.Of(await FindAsync(name, cancellationToken));

    /// <inheritdoc/>
    public async Task<Page<TaskView>> ListTasksAsync(TaskQuery query, CancellationToken cancellationToken = default)
    {
        var after = Cursors.Read(query.Cursor, 1)?[0];
        var tasks = await ReadAsync(store => store.ListTasksAsync(tenant, query.Status, query.Search, after, Limit(query.Limit) + 1, cancellationToken));
        return Views.PageOf(tasks, query.Limit, Views.Of, last => Cursors.Write(last.Definition.Name));
    }

    /// <inheritdoc/>
    public async Task<TaskView> UpdateTaskAsync(string name, TaskDefinition definition, long? ifVersion = null, CancellationToken cancellationToken = default)
    {
        var task = await FindStoredAsync(name, cancellationToken);
        await CheckAsync(definition, task.State, cancellationToken);
        var calendars = await ResolveAsync(definition.Schedule, cancellationToken);
        // What is read stays the same: an outage of the sources is no reason to refuse a new schedule.
        if (JsonSerializer.Serialize(task.State.Definition.Handler, SchedulerJson.Strict) != JsonSerializer.Serialize(definition.Handler, SchedulerJson.Strict))
            await CheckSourcesAsync(definition, "Nothing was changed", cancellationToken);
        var told = await AskAsync(task, new TaskCommand.Change(Node.Clock.Now, definition, ifVersion) { Calendars = calendars }, cancellationToken);
        if (definition.Handler.Kind.Polls()) await Node.Shards.TryEnsureAsync(told);
        return Views.Of(told);
    }

    /// <inheritdoc/>
    public async Task DeleteTaskAsync(string name, DeleteMode mode = DeleteMode.Kill, CancellationToken cancellationToken = default) => await AskAsync(await FindStoredAsync(name, cancellationToken),
        new TaskCommand.Delete(Node.Clock.Now, Enum.IsDefined(mode) ? mode : throw new SchedulerException([new("mode", $"expected one of kill, wait; got {mode:D}")])), cancellationToken);

    /// <inheritdoc/>
    public async Task<TaskView> PauseTaskAsync(string name, CancellationToken cancellationToken = default) =>
        Views.Of(await AskAsync(await FindStoredAsync(name, cancellationToken), new TaskCommand.Pause(Node.Clock.Now), cancellationToken));

    /// <inheritdoc/>
    public async Task<TaskView> ResumeTaskAsync(string name, CancellationToken cancellationToken = default) =>
        Views.Of(await AskAsync(await FindStoredAsync(name, cancellationToken), new TaskCommand.Resume(Node.Clock.Now), cancellationToken));

    /// <inheritdoc/>
    public async Task<TriggerResult> TriggerTaskAsync(string name, TriggerRequest? request = null, CancellationToken cancellationToken = default)
    {
        request ??= new();
        CheckTrigger(request);
        for (var tries = 1; tries <= MostLooks; tries++)
        {
            var found = await FindStoredAsync(name, cancellationToken);
            var task = found.State;
            var id = request.IdempotencyKey is { } key ? ExecutionId.OfKey(task.Id, key) : ExecutionId.OfTrigger(task.Id, Node.Clock.Now, Node.Random.NextId());

            // Open, it may not be in the store yet: once it is read as missing it may be made, and have ended, before the task is told.
            if (request.IdempotencyKey is not null && task.Open.FirstOrDefault(each => each.Seed.Id == id) is { } begun)
            {
                var same = Same(task, begun.Seed);
                await SettledAsync(id, task, cancellationToken);
                return same;
            }
            if (request.IdempotencyKey is not null && await ReadAsync(store => store.ReadExecutionAsync(id, cancellationToken)) is { } known)
                return Same(task, known.State.Seed);

            var seen = request.IdempotencyKey is null ? null : (long?)task.Sequence;
            if (await HearAsync(task, cancellationToken)) found = await FindStoredAsync(name, cancellationToken);
            var told = await AskAsync(found, new TaskCommand.Trigger(Node.Clock.Now, id, request.By, request.Parameters) { SaidAt = Node.Clock.Now, SeenSequence = seen, ConcurrencyKey = request.ConcurrencyKey }, cancellationToken);
            var open = told.Open.FirstOrDefault(each => each.Seed.Id == id);
            if (open is null && seen is not null) continue; // others triggered meanwhile, perhaps with this key
            if (open is not null && seen is not null) Same(task, open.Seed);
            await SettledAsync(id, told, cancellationToken);
            return new(id.Value);
        }
        throw new SchedulerException(SchedulerErrorKind.Unavailable, $"task \"{name}\" is triggered so often that idempotency key \"{request.IdempotencyKey}\" could not be looked up; ask again");

        TriggerResult Same(TaskState task, ExecutionSeed seed)
        {
            // The task may have other parameters by now; rows of older programs do not say which were its own.
            var isSame = seed.Brought is { } brought
                ? Equal(brought.Parameters ? seed.Parameters : null, request.Parameters) && (brought.ConcurrencyKey ? seed.ConcurrencyKey : null) == request.ConcurrencyKey
                : Equal(seed.Parameters, request.Parameters ?? task.Definition.Parameters) && (request.ConcurrencyKey is null || request.ConcurrencyKey == seed.ConcurrencyKey);
            if (!isSame || seed.TriggeredBy != request.By)
                throw new SchedulerException(SchedulerErrorKind.IdempotencyMismatch,
                    $"idempotency key \"{request.IdempotencyKey}\": expected the request that it was first used with (execution {seed.Id}), got another");
            return new(seed.Id.Value);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DateTimeOffset>> NextOccurrencesAsync(string name, int count = 10, DateTimeOffset? from = null, CancellationToken cancellationToken = default)
    {
        CheckCount(count);
        Instants.Check((nameof(from), from));
        return Upcoming(await FindAsync(name, cancellationToken), from ?? Node.Clock.Now, count);
    }

    /// <inheritdoc/>
    public async Task<ProgressView> GetProgressAsync(string name, CancellationToken cancellationToken = default)
    {
        var task = await FindPollingAsync(name, cancellationToken);
        var recent = await RecentAsync(task, cancellationToken);
        var execution = RoundOf(task, recent);
        var totals = execution is null ? await ReadAsync(store => store.CountRoundAsync(task.Id, 1, cancellationToken)) : await CountAsync(execution, cancellationToken);
        return Views.Of(task, execution, totals, Node.Clock.Now, Lags.Of(task, recent)?.OfAll(Node.Clock.Now));
    }

    /// <inheritdoc/>
    public async Task<Page<DatabaseProgressView>> ListDatabaseProgressAsync(string name, DatabaseQuery query, CancellationToken cancellationToken = default)
    {
        var after = Cursors.Read(query.Cursor, 1)?[0];
        var limit = Limit(query.Limit);
        var task = await FindPollingAsync(name, cancellationToken);
        var execution = RoundOf(task, await RecentAsync(task, cancellationToken));
        var round = execution?.Seed.Sequence ?? 1;
        var databases = await ReadAsync(store => store.CountDatabasesAsync(task.Id, execution?.Seed.RetriedRound, round, after, limit + 1, cancellationToken));
        return new([.. databases.Take(limit).Select(each => Views.Of(each, execution))], databases.Count > limit ? Cursors.Write(databases[limit - 1].Database) : null);
    }

    async Task<IReadOnlyList<Stored<ExecutionState>>> RecentAsync(TaskState task, CancellationToken cancellationToken) =>
        await ReadAsync(store => store.ListExecutionsAsync(new(tenant, task.Definition.Name), null, 100, cancellationToken));

    /// <summary>The one with the highest number is the present round; skipped ones are none. Null: none has begun.</summary>
    static ExecutionState? RoundOf(TaskState task, IReadOnlyList<Stored<ExecutionState>> recent) =>
        recent.Select(each => each.State).Where(each => each.Seed.TaskId == task.Id && each.Status != ExecutionStatus.Skipped && each.Attempt > 0).MaxBy(each => each.Seed.Sequence);

    /// <inheritdoc/>
    public async Task<Page<ShardView>> ListShardsAsync(string name, ShardQuery query, CancellationToken cancellationToken = default)
    {
        var after = Cursors.Read(query.Cursor, 2) is { } parts ? new ShardName(parts[0], parts[1]) : null;
        var limit = Limit(query.Limit);
        var task = await FindPollingAsync(name, cancellationToken);
        var shards = await ReadAsync(store => store.ListShardsAsync(task.Id, query.Status, query.Database, after, limit + 1, cancellationToken));
        var lags = task.Definition.Handler.Shape?.Mode == PollingMode.Full ? null
            : Lags.Of(task, await ReadAsync(store => store.ListExecutionsAsync(new(tenant, name), null, 100, cancellationToken)));
        return Views.PageOf(shards, limit, shard => Views.Of(shard, lags?.Of(shard, Node.Clock.Now)), last => Cursors.Write(last.Database, last.Table));
    }

    /// <inheritdoc/>
    public async Task<Page<ExecutionView>> ListExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken = default)
    {
        var after = Cursors.ReadExecution(query.Cursor);
        var limit = Limit(query.Limit);
        var filter = new ExecutionFilter(tenant, query.Task, query.Status, query.From, query.To);
        var executions = await ReadAsync(store => store.ListExecutionsAsync(filter, after, limit + 1, cancellationToken));
        return Views.PageOf(executions, limit, Views.Of, last => Cursors.Write(last));
    }

    /// <inheritdoc/>
    public async Task<ExecutionView> GetExecutionAsync(string id, CancellationToken cancellationToken = default)
    {
        var state = await FindExecutionAsync(id, cancellationToken);
        if (state.HasEnded || !state.Seed.Polls || state.Attempt == 0) return Views.Whole(state);

        // A round's parts are counted now and then only; who asks wants them as they are.
        var totals = await CountAsync(state, cancellationToken);
        return Views.Of(state) with { Items = Views.Items(state.Judge(totals.Shards)), Rows = totals.Rows };
    }

    /// <inheritdoc/>
    public async Task<ExecutionView> CancelExecutionAsync(string id, CancellationToken cancellationToken = default)
    {
        await GetExecutionAsync(id, cancellationToken);
        var told = await DurableAsync(Node.Router.AskAsync(new ExecutionId(id), new ExecutionCommand.Cancel(Node.Clock.Now, "it was cancelled on request")), cancellationToken);
        if (told.Refused is { } refused) throw new SchedulerException(refused.Kind, refused.Message);
        return told.State.Status == ExecutionStatus.None ? throw NoExecution(id) : Views.Whole(told.State);
    }

    static bool Equal(JsonElement? one, JsonElement? other) => one is { } left && other is { } right ? JsonElement.DeepEquals(left, right) : one is null && other is null;

    async Task CheckAsync(TaskDefinition definition, TaskState? present, CancellationToken cancellationToken)
    {
        // A schedule that has ended stays: it is no reason to refuse whatever else is changed.
        var mayHavePassed = present is not null && Due.SameTimes(present.Definition.Schedule, definition.Schedule);
        var known = await ReadAsync(_ => Node.Peers.KnownAsync(cancellationToken));
        // Of a handler that is in other processes only, this one knows the name and the kind.
        var errors = DefinitionCheck.Check(definition, known, Node.Limits.ShardsPerTask, handler => !Node.Handlers.Known.ContainsKey(handler) || Node.Handlers.Polling(handler).CanReadChanges, Node.Limits.Tasks.CatchUp,
            mayHavePassed ? null : Node.Clock.Now, present?.CreatedAt);
        if (errors.Count > 0) throw new SchedulerException(errors);
    }

    async Task CheckSourcesAsync(TaskDefinition definition, string consequence, CancellationToken cancellationToken)
    {
        if (definition.Handler.Shape is not { } shape) return;
        var shards = ShardPatterns.Expand(shape.Shards, Node.Limits.ShardsPerTask);
        var errors = await Node.Handlers.CheckSourcesAsync(definition.Handler, shards, cancellationToken);
        if (errors.Count > 0) throw new SchedulerException([.. errors.Select(error => error with { Message = $"{error.Message}{(error.Message[^1] is '?' or '.' ? "" : ".")} {consequence}." })]);
    }

    static void CheckTrigger(TriggerRequest request)
    {
        List<FieldError> errors = [];
        if (request.IdempotencyKey is { } key && key.Length is < 1 or > 255) errors.Add(new("idempotencyKey", $"expected 1 to 255 characters, got {request.IdempotencyKey!.Length}"));
        if (request.By is { Length: > 127 } by) errors.Add(new("by", $"expected at most 127 characters, got {by.Length}"));
        if (request.ConcurrencyKey is { } shared && DefinitionCheck.CheckKey(shared) is { } fault) errors.Add(new("concurrencyKey", fault));
        if (request.Parameters is { } json && System.Text.Encoding.UTF8.GetByteCount(json.GetRawText()) is > ParametersLimit and var size)
            errors.Add(new("parameters", $"expected at most {ParametersLimit} bytes of JSON, got {size}"));
        if (errors.Count > 0) throw new SchedulerException(errors);
    }

    static int Limit(int limit) => limit is >= 1 and <= 1000 ? limit : throw new SchedulerException([new("limit", $"expected 1 to 1000, got {limit}")]);

    /// <summary>Tells the task of its executions that have ended, so that one whose end is on its way does not stand in the way of a trigger.</summary>
    async Task<bool> HearAsync(TaskState task, CancellationToken cancellationToken)
    {
        var heard = false;
        foreach (var open in task.Open)
        {
            if (await ReadAsync(store => store.ReadExecutionAsync(open.Seed.Id, cancellationToken)) is not { State: { HasEnded: true } ended }) continue;
            await DurableAsync(Node.Router.AskAsync(task.Id, new TaskCommand.ExecutionHeard(Node.Clock.Now, ended.Id, ended.Status) { EndedAt = ended.EndedAt }), cancellationToken);
            heard = true;
        }
        return heard;
    }

    /// <summary>
    /// Waits until the execution has heard of itself, so that who asks after it next finds it. It is told what its task tells it: that may be
    /// on its way from another node still.
    /// </summary>
    async Task SettledAsync(ExecutionId id, TaskState task, CancellationToken cancellationToken)
    {
        try
        {
            var now = Node.Clock.Now;
            ExecutionCommand command = task.Open.FirstOrDefault(each => each.Seed.Id == id) is { } open ? new ExecutionCommand.Create(now, open.Seed, open.Go, SaidAt: now) { DecidedAt = open.DecidedAt } : new ExecutionCommand.Woken(now);
            await DurableAsync(Node.Router.AskAsync(id, command), cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The task's decision is durable; it tells the execution again.
        }
    }

    async Task<TaskState> FindPollingAsync(string name, CancellationToken cancellationToken)
    {
        var task = await FindAsync(name, cancellationToken);
        return task.Definition.Handler.Kind.Polls() ? task
            : throw new SchedulerException(SchedulerErrorKind.Conflict, $"task \"{name}\" does not poll: expected a handler of kind polling or sqlPolling, it has one of kind {WireText.Of(task.Definition.Handler.Kind)}");
    }

    async Task<TaskState> FindAsync(string name, CancellationToken cancellationToken) => (await FindStoredAsync(name, cancellationToken)).State;

    async Task<Stored<TaskState>> FindStoredAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync(store => store.FindTaskAsync(tenant, name, cancellationToken)) ?? throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no task \"{name}\"");

    static SchedulerException NoExecution(string id) => new(SchedulerErrorKind.NotFound, $"there is no execution \"{id}\"");

    Task<TaskState> AskAsync(Stored<TaskState> task, TaskCommand command, CancellationToken cancellationToken) => AskAsync(task.State.Id, task, command, cancellationToken);

    async Task<TaskState> AskAsync(long id, Stored<TaskState>? known, TaskCommand command, CancellationToken cancellationToken)
    {
        var told = await DurableAsync(Node.Router.AskAsync(id, command, known), cancellationToken);
        return told.Refused is { } refused ? throw new SchedulerException(refused.Kind, refused.Message) : told.State;
    }
}
