using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;

namespace Scheduler.Tests.Fakes;

partial class FakeScheduler
{
    readonly List<Channel<SchedulerEvent>> watchers = [];
    long events;

    public Task<ShardsResult> PauseShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default) => Do($"pauseShards {name} {selection}", cancellationToken, () =>
        OfShards(Find(name), selection?.Database, selection?.Table, (task, shard) => task.Paused.Add(shard)));

    public Task<ShardsResult> ResumeShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default) => Do($"resumeShards {name} {selection}", cancellationToken, () =>
        OfShards(Find(name), selection?.Database, selection?.Table, (task, shard) => task.Paused.Remove(shard)));

    public Task<ShardsResult> RewindShardsAsync(string name, RewindRequest request, CancellationToken cancellationToken = default) => Do($"rewindShards {name}", cancellationToken, () =>
    {
        var task = Find(name).Polling();
        if (new[] { request.To.Beginning is null, request.To.Time is null, request.To.Key is null }.Count(isNull => !isNull) != 1) throw new SchedulerException([new("to", "expected one, got another number")]);
        if (request.To.Beginning == false) throw new SchedulerException([new("to.beginning", "expected true, got false")]);
        if (request.To.Time is not null) throw new SchedulerException([new("to.time", "expected a key, got a time")]);
        if (request.To.Key is { ValueKind: not (JsonValueKind.String or JsonValueKind.Number) }) throw new SchedulerException([new("to.key", "expected text, got another")]);
        return OfShards(task, request.Database, request.Table, (_, shard) => task.Begins[shard] = request.To.Key is { } key ? long.Parse(key.ToString()) : 0);
    });

    public Task<TriggerResult> RetryExecutionAsync(string id, string? by = null, CancellationToken cancellationToken = default) => Do($"retry {id}", cancellationToken, () =>
    {
        Check(new TriggerRequest { By = by });
        var of = FindExecution(id);
        if (of.View.Status is not (ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Cancelled)) throw new SchedulerException(SchedulerErrorKind.Conflict, $"execution {id} did not end badly");
        var retry = Begin(of.Task, of.Request with { By = by, IdempotencyKey = null }, TriggerKind.Retry, Now);
        retry.View = retry.View with { RetryOf = id };
        return new TriggerResult(retry.View.Id);
    });

    public Task<Page<DeadLetterView>> ListDeadLettersAsync(string name, DeadLetterQuery query, CancellationToken cancellationToken = default) => Do($"deadLetters {name}", cancellationToken, () =>
        PageOf<DeadLetterView, DeadLetterView>(Find(name).Polling() is null ? [] : [], letter => letter, query.Cursor, query.Limit));

    public Task<ReplayResult> ReplayDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default) => Do($"replay {name}", cancellationToken, () =>
    {
        None(name, selection);
        return new ReplayResult(0, 0);
    });

    public Task<DiscardResult> DiscardDeadLettersAsync(string name, DeadLetterSelection? selection = null, CancellationToken cancellationToken = default) => Do($"discard {name}", cancellationToken, () =>
    {
        None(name, selection);
        return new DiscardResult(0);
    });

    public Task<TaskView> QuarantineDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) => Do($"quarantine {name} {database}", cancellationToken, () =>
        View(Changed(OfDatabase(name, database, task => task.Quarantined.Add(database)))));

    public Task<TaskView> ReleaseDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) => Do($"release {name} {database}", cancellationToken, () =>
        View(Changed(OfDatabase(name, database, task => task.Quarantined.Remove(database)))));

    public Task<WhyView> WhyTaskAsync(string name, CancellationToken cancellationToken = default) => Do($"why {name}", cancellationToken, () =>
    {
        var task = Find(name);
        List<WhyReason> reasons = [];
        if (task.Status == ScheduledTaskStatus.Paused) reasons.Add(new(WhyCode.Paused, "it is paused", task.UpdatedAt));
        else if (Open(task).FirstOrDefault() is { } open) reasons.Add(new(WhyCode.PreviousOpen, $"{open.View.Id} is open"));
        else reasons.Add(task.Definition.Schedule is null ? new(WhyCode.NoOccurrence, "it has no schedule") : new(WhyCode.NotDue, "it is not due"));
        foreach (var database in task.Quarantined) reasons.Add(new(WhyCode.DatabaseQuarantined, $"database {database} is in quarantine", task.UpdatedAt));
        if (task.Paused.Count > 0) reasons.Add(new(WhyCode.ShardsPaused, $"{task.Paused.Count} shards are paused", task.UpdatedAt));
        return new WhyView(false, reasons);
    });

    public Task<WhyView> WhyExecutionAsync(string id, CancellationToken cancellationToken = default) => Do($"whyExecution {id}", cancellationToken, () =>
        FindExecution(id).View is { EndedAt: not null } view ? new WhyView(false, [new(WhyCode.Ended, "it has ended", view.EndedAt)]) : new WhyView(true, []));

    public Task<Page<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default) => Do("nodes", cancellationToken, () => new Page<NodeView>(
        [Self()], null));

    public async IAsyncEnumerable<SchedulerEvent> WatchEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var line = Channel.CreateUnbounded<SchedulerEvent>();
        lock (gate) watchers.Add(line);
        await foreach (var told in line.Reader.ReadAllAsync(cancellationToken)) yield return told;
    }

    void Tell(SchedulerEventKind kind, FakeTask task)
    {
        events++;
        foreach (var watcher in watchers) watcher.Writer.TryWrite(new() { Id = events, Kind = kind, At = Now, Task = task.Name, Message = $"{task.Name}: {kind}" });
    }

    static ShardsResult OfShards(FakeTask task, string? database, string? table, Action<FakeTask, ShardName> act)
    {
        task.Polling();
        if (table is not null && database is null) throw new SchedulerException([new("database", "expected one, got nothing")]);
        var shards = task.Names().Where(shard => (database is null || shard.Database == database) && (table is null || shard.Table == table)).ToArray();
        if (shards.Length == 0) throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no shard {database}.{table}");
        foreach (var shard in shards) act(task, shard);
        return new(shards.Length);
    }

    FakeTask OfDatabase(string name, string database, Action<FakeTask> act)
    {
        var task = Find(name).Polling();
        if (task.Names().All(shard => shard.Database != database)) throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no database {database}");
        act(task);
        return task;
    }

    void None(string name, DeadLetterSelection? selection)
    {
        Find(name).Polling();
        if (selection?.Ids is { Count: 0 or > 1000 }) throw new SchedulerException([new("ids", "expected 1 to 1000, got another number")]);
        if (selection?.Ids is { } ids) throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is no dead letter {ids[0]}");
    }
}
