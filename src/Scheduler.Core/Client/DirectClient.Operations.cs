using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Client;

public sealed partial class DirectClient
{
    /// <inheritdoc/>
    public async Task<ShardsResult> PauseShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default)
    {
        selection ??= new();
        var task = await FindPollingAsync(name, cancellationToken);
        return new(await TellShardsAsync(task, selection.Database, selection.Table, _ => new ShardCommand.Pause(Node.Clock.Now), null, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<ShardsResult> ResumeShardsAsync(string name, ShardSelection? selection = null, CancellationToken cancellationToken = default)
    {
        selection ??= new();
        var task = await FindPollingAsync(name, cancellationToken);
        var round = (await OpenAsync(task, cancellationToken)).FirstOrDefault(each => each is { Status: ExecutionStatus.Running, Stopping: StopReason.None });
        return new(await TellShardsAsync(task, selection.Database, selection.Table, _ => new ShardCommand.Resume(Node.Clock.Now), Rejoin, cancellationToken));

        // Its execution would tell it at its next look; people do not like to wait for that.
        async Task Rejoin(ShardState shard)
        {
            if (round is null) return;
            var (number, mode) = (round.Seed.Sequence, task.Definition.Handler.Shape!.Mode);
            var isInIt = shard.Status == ShardStatus.Idle && shard.Round == number;
            var isBefore = shard.Round < number && mode == PollingMode.Full && round.Seed.RetriedRound is null;
            if (isInIt || isBefore) await DurableAsync(Node.Router.AskAsync(shard.Key, new ShardCommand.Start(Node.Clock.Now, number, round.Id, Node.Id, mode)), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<ShardsResult> RewindShardsAsync(string name, RewindRequest request, CancellationToken cancellationToken = default)
    {
        var task = await FindPollingAsync(name, cancellationToken);
        var to = RewindCheck.Place(request.To, task.Definition.Handler.Shape!.Mode, Node.Clock.Now);
        if (to.Key is { } key) await CheckKeyAsync(task, request, key, cancellationToken);
        if ((await OpenAsync(task, cancellationToken)).FirstOrDefault() is { } open)
            throw new SchedulerException(SchedulerErrorKind.Conflict, $"task \"{name}\": expected no round to be under way, execution {open.Id} is {JsonNamingPolicy.CamelCase.ConvertName(open.Status.ToString())}; cancel it or wait for its end");
        // A round that begins meanwhile is left alone: each shard begins the one after it at that place.
        return new(await TellShardsAsync(task, request.Database, request.Table, _ => new ShardCommand.Rewind(Node.Clock.Now, to), null, cancellationToken));
    }

    /// <summary>Holds a key against the first of the shards: they are alike. What this process cannot ask, or does not answer, is told by the next round.</summary>
    async Task CheckKeyAsync(TaskState task, RewindRequest request, string key, CancellationToken cancellationToken)
    {
        if (!Node.Handlers.Known.ContainsKey(task.Definition.Handler.HandlerName)) return;
        if ((await ReadAsync(store => store.ListShardsAsync(task.Id, null, request.Database, null, 1, cancellationToken))) is not [{ State: var first }]) return;
        string? wrong = null;
        try
        {
            wrong = await Node.Handlers.SourceOf(task.Definition.Handler).WrongKeyAsync(new(task.Tenant, task.Definition.Name, first.Database, request.Table ?? first.Table), key, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Node.Log.LogInformation("The key to rewind task {Task} to could not be held against its source; its next round will tell: {Reason}", task.Definition.Name, Failures.Text(failure));
        }
        if (wrong is not null) throw new SchedulerException([new("to.key", wrong)]);
    }

    /// <inheritdoc/>
    public async Task<TriggerResult> RetryExecutionAsync(string id, string? by = null, CancellationToken cancellationToken = default)
    {
        CheckTrigger(new() { By = by });
        var of = await FindExecutionAsync(id, cancellationToken);
        if (of.Status is not (ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Cancelled))
            throw new SchedulerException(SchedulerErrorKind.Conflict, $"execution {id}: expected one that is failed, timedOut or cancelled, it is {JsonNamingPolicy.CamelCase.ConvertName(of.Status.ToString())}");
        var task = (await ReadAsync(store => store.ReadTaskAsync(of.Seed.TaskId, cancellationToken)))?.State;
        if (task is null || task.Status == ScheduledTaskStatus.Deleted) throw new SchedulerException(SchedulerErrorKind.NotFound, $"execution {id}: its task \"{of.Seed.TaskName}\" has been deleted");
        if (of.Seed.Polls && (await ReadAsync(store => store.RetriedShardsAsync(task.Id, of.Seed.Sequence, -1, 0, 1, cancellationToken))).Count == 0)
            throw new SchedulerException(SchedulerErrorKind.Conflict, $"execution {id}: expected shards that failed or were cancelled in round {of.Seed.Sequence}, there is none, or later rounds have begun them anew");

        var retry = ExecutionId.OfTrigger(task.Id, Node.Clock.Now, Node.Random.NextId());
        await HearAsync(task, cancellationToken);
        var told = await AskAsync(task.Id, null, new TaskCommand.Retry(Node.Clock.Now, retry, by, of.Seed) { SaidAt = Node.Clock.Now }, cancellationToken);
        await SettledAsync(retry, told, cancellationToken);
        return new(retry.Value);
    }

    /// <inheritdoc/>
    public Task<TaskView> QuarantineDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) =>
        ChangeDatabaseAsync(name, database, new TaskCommand.Quarantine(Node.Clock.Now, database), cancellationToken);

    /// <inheritdoc/>
    public Task<TaskView> ReleaseDatabaseAsync(string name, string database, CancellationToken cancellationToken = default) =>
        ChangeDatabaseAsync(name, database, new TaskCommand.Release(Node.Clock.Now, database), cancellationToken);

    /// <inheritdoc/>
    public async Task<WhyView> WhyTaskAsync(string name, CancellationToken cancellationToken = default)
    {
        var task = await FindAsync(name, cancellationToken);
        var open = await OpenAsync(task, cancellationToken);
        var recent = await ReadAsync(store => store.ListExecutionsAsync(new(tenant, name), null, Node.Limits.Tasks.CatchUp + 1, cancellationToken));
        return await WhyAsync(new Reasons(Node, task).OfTaskAsync(open, [.. recent.Select(each => each.State)], status => RunningOrPausedAsync(task, status, cancellationToken)));
    }

    /// <inheritdoc/>
    public async Task<WhyView> WhyExecutionAsync(string id, CancellationToken cancellationToken = default)
    {
        var execution = await FindExecutionAsync(id, cancellationToken);
        var task = (await ReadAsync(store => store.ReadTaskAsync(execution.Seed.TaskId, cancellationToken)))?.State;
        if (task is null) return new(false, [new(WhyCode.Ended, $"its task \"{execution.Seed.TaskName}\" has been deleted")]);
        return await WhyAsync(new Reasons(Node, task).OfExecutionAsync(execution, status => RunningOrPausedAsync(task, status, cancellationToken)));
    }

    /// <summary>Reasons are looked for in the store too, which may be silent.</summary>
    Task<WhyView> WhyAsync(Task<WhyView> reasons) => ReadAsync(_ => new ValueTask<WhyView>(reasons));

    /// <inheritdoc/>
    public async Task<Page<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default)
    {
        var seen = await ReadAsync(store => store.NodesAsync(cancellationToken));
        return new([.. seen.Select(each => Views.Of(each, Node))], null);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SchedulerEvent> WatchEventsAsync(CancellationToken cancellationToken = default) =>
        others is null ? Node.Events.WatchAsync(tenant, cancellationToken) : others.WatchAsync(tenant, cancellationToken);

    async Task<TaskView> ChangeDatabaseAsync(string name, string database, TaskCommand command, CancellationToken cancellationToken)
    {
        var task = await FindPollingAsync(name, cancellationToken);
        if (!task.Quarantined.Any(each => each.Database == database)) await ExpectDatabaseAsync(task, database, cancellationToken);
        return Views.Of(await AskAsync(task.Id, null, command, cancellationToken));
    }

    /// <summary>Executions of the task that have not ended and are no mere records, the oldest first.</summary>
    async Task<IReadOnlyList<ExecutionState>> OpenAsync(TaskState task, CancellationToken cancellationToken)
    {
        List<ExecutionState> executions = [];
        foreach (var open in task.Open.Where(each => each.Seed.SkippedBecause is null))
        {
            var known = await KnownAsync(open.Seed.Id, cancellationToken);
            // One that has not heard of itself yet is about to.
            if (known is not { HasEnded: true }) executions.Add(known ?? new() { Seed = open.Seed, Status = ExecutionStatus.Waiting });
        }
        return executions;
    }

    /// <summary>How an execution's round stands; one under way is counted once for all who look within a moment.</summary>
    Task<RoundTotals> CountAsync(ExecutionState execution, CancellationToken cancellationToken) => ReadAsync(store =>
        execution.Seed.RetriedRound is { } retried ? store.CountRetryAsync(execution.Seed.TaskId, retried, execution.Seed.Sequence, cancellationToken)
        : execution.HasEnded ? store.CountRoundAsync(execution.Seed.TaskId, execution.Seed.Sequence, cancellationToken)
        : new ValueTask<RoundTotals>(counts.GetAsync(Node, execution.Seed.TaskId, execution.Seed.Sequence)));

    async Task<IReadOnlyList<ShardState>> RunningOrPausedAsync(TaskState task, ShardStatus status, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(store => store.ListShardsAsync(task.Id, status, null, null, Reasons.MostShards, cancellationToken))).Select(each => each.State)];

    async Task ExpectDatabaseAsync(TaskState task, string database, CancellationToken cancellationToken)
    {
        if ((await ReadAsync(store => store.ListShardsAsync(task.Id, null, database, null, 1, cancellationToken))).Count == 0)
            throw new SchedulerException(SchedulerErrorKind.NotFound, $"task \"{task.Definition.Name}\" has no shard in a database \"{database}\"");
    }

    /// <summary>Tells each of the selected shards, page by page, so that memory stays bounded.</summary>
    /// <returns>How many were told.</returns>
    async Task<int> TellShardsAsync(TaskState task, string? database, string? table, Func<ShardState, ShardCommand> say, Func<ShardState, Task>? then, CancellationToken cancellationToken)
    {
        if (table is not null && database is null) throw new SchedulerException([new("database", $"expected the database of table \"{table}\", got nothing")]);
        await WriteAsync(async _ =>
        {
            await Node.Shards.EnsureAsync(task);
            return true;
        });
        if (database is not null) await ExpectDatabaseAsync(task, database, cancellationToken);
        if (table is not null)
        {
            var only = await ReadAsync(store => store.ReadShardAsync(ShardKey.Of(task.Id, database!, table), cancellationToken))
                ?? throw new SchedulerException(SchedulerErrorKind.NotFound, $"task \"{task.Definition.Name}\" has no shard of table \"{table}\" in database \"{database}\"");
            await TellAsync(only);
            return 1;
        }
        var count = 0;
        for (ShardName? after = null; ;)
        {
            var shards = await ReadAsync(store => store.ListShardsAsync(task.Id, null, database, after, Node.Limits.ReadBatch, cancellationToken));
            await shards.Select(TellAsync).AllAsync();
            count += shards.Count;
            if (shards.Count < Node.Limits.ReadBatch) return count;
            after = new(shards[^1].State.Database, shards[^1].State.Table);
        }

        async Task TellAsync(Stored<ShardState> shard)
        {
            // Not the state as just read: a shard at work changes with each page.
            var told = await DurableAsync(Node.Router.AskAsync(shard.State.Key, say(shard.State)), cancellationToken);
            if (told.Refused is { } refused) throw new SchedulerException(refused.Kind, refused.Message);
            if (then is not null) await then(told.State);
        }
    }
}
