using System.Text;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>
/// A store in memory that passes the conformance suite of the real ones. Each call happens at once and as a whole; faults and latency
/// are put around it (<see cref="StoreLink"/>).
/// </summary>
/// <param name="now">The database's clock.</param>
sealed partial class FakeStore(Func<DateTimeOffset> now) : IStore
{
    const int LongestName = 127;

    static readonly Comparer<ExecutionId> ById = Comparer<ExecutionId>.Create((one, other) => string.CompareOrdinal(one.Value, other.Value));
    static readonly Comparer<ShardKey> ByKey = Comparer<ShardKey>.Create((one, other) => (one.TaskId, one.ShardId).CompareTo((other.TaskId, other.ShardId)));

    SortedDictionary<long, Stored<TaskState>> tasks = [];
    SortedDictionary<ExecutionId, Stored<ExecutionState>> executions = new(ById);
    SortedDictionary<ShardKey, Stored<ShardState>> shards = new(ByKey);
    SortedDictionary<string, Stored<TenantState>> tenants = new(StringComparer.Ordinal);

    /// <summary>Sees every change as it happens.</summary>
    public IStoreWatcher Watcher { get; set; } = IStoreWatcher.Nobody;

    public IReadOnlyDictionary<long, Stored<TaskState>> Tasks => tasks;
    public IReadOnlyDictionary<ExecutionId, Stored<ExecutionState>> Executions => executions;
    public IReadOnlyDictionary<ShardKey, Stored<ShardState>> Shards => shards;
    public IReadOnlyDictionary<string, Stored<TenantState>> Tenants => tenants;

    /// <summary>The store as it is, to be gone back to.</summary>
    public Action Backup()
    {
        var (t, e, s) = (new SortedDictionary<long, Stored<TaskState>>(tasks), new SortedDictionary<ExecutionId, Stored<ExecutionState>>(executions, ById), new SortedDictionary<ShardKey, Stored<ShardState>>(shards, ByKey));
        var (d, n) = (new SortedDictionary<string, DeadLetter>(deadLetters, StringComparer.Ordinal), new SortedDictionary<string, SeenNode>(nodes, StringComparer.Ordinal));
        var (l, r, u) = (logs, rollup, rolledUntil);
        var (c, w) = (new SortedDictionary<(string, string), StoredCalendar>(calendars), new HashSet<(string, string)>(untold));
        var m = new SortedDictionary<string, Stored<TenantState>>(tenants, StringComparer.Ordinal);
        return () => (tasks, executions, shards, deadLetters, nodes, logs, rollup, rolledUntil, calendars, untold, tenants) = (t, e, s, d, n, l, r, u, c, w, m);
    }

    /// <summary>Takes an execution away without asking whether it may go: for mutants alone.</summary>
    public void Expunge(ExecutionId id)
    {
        if (executions.Remove(id, out var gone)) Watcher.Purged(gone);
    }

    public ValueTask<Stored<TaskState>?> ReadTaskAsync(long id, CancellationToken cancellationToken) => Answer(cancellationToken, tasks.TryGetValue(id, out var task) ? Read(task) : null);

    public ValueTask<Stored<ExecutionState>?> ReadExecutionAsync(ExecutionId id, CancellationToken cancellationToken) => Answer(cancellationToken, executions.GetValueOrDefault(id));

    public ValueTask<Stored<ShardState>?> ReadShardAsync(ShardKey key, CancellationToken cancellationToken) => Answer(cancellationToken, shards.GetValueOrDefault(key));

    public ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(writes.Select(Write).ToArray());
    }

    WriteOutcome Write(EntityWrite write) => write switch
    {
        EntityWrite.OfTask task => Write(task),
        EntityWrite.OfExecution execution => Write(execution),
        EntityWrite.OfShard shard => Write(shard),
        EntityWrite.OfTenant tenant => Write(tenant),
        _ => throw new ArgumentException($"expected a write of a task, an execution, a shard or a tenant, got {write.GetType().Name}", nameof(write)),
    };

    WriteOutcome Write(EntityWrite.OfTask write)
    {
        var old = tasks.GetValueOrDefault(write.State.Id);
        if ((old?.Version ?? 0) != write.ExpectedVersion) return WriteOutcome.Conflict;
        var next = old is null ? write.State : write.State with { Tenant = old.State.Tenant, CreatedAt = old.State.CreatedAt, Definition = write.DefinitionChanged ? write.State.Definition : old.State.Definition };
        if ((Unstorable(next.Definition.Name) ?? Zero(next.Status)) is { } fault) return new(WriteResult.Rejected, fault);
        if (next.Status != ScheduledTaskStatus.Deleted && tasks.Values.Any(other => other.State.Id != next.Id && Lives(other.State, next.Tenant, next.Definition.Name)))
            return new(WriteResult.Rejected, $"name: expected one that no task has, \"{next.Definition.Name}\" is taken");
        var stored = tasks[next.Id] = new(next, write.ExpectedVersion + 1, write.WriteId);
        Watcher.Written(old, stored);
        return WriteOutcome.Written;
    }

    WriteOutcome Write(EntityWrite.OfExecution write)
    {
        var old = executions.GetValueOrDefault(write.State.Id);
        if ((old?.Version ?? 0) != write.ExpectedVersion) return WriteOutcome.Conflict;
        if ((Unstorable(write.State.Seed.TaskName, write.State.Node) ?? Zero(write.State.Status)) is { } fault) return new(WriteResult.Rejected, fault);
        var next = old is null ? write.State : write.State with { Seed = old.State.Seed, CreatedAt = old.State.CreatedAt };
        var stored = executions[next.Id] = new(next with { Error = Mended(next.Error) }, write.ExpectedVersion + 1, write.WriteId);
        Watcher.Written(old, stored);
        return WriteOutcome.Written;
    }

    WriteOutcome Write(EntityWrite.OfTenant write)
    {
        var old = tenants.GetValueOrDefault(write.State.Name.Value);
        if ((old?.Version ?? 0) != write.ExpectedVersion) return WriteOutcome.Conflict;
        if (Unstorable(write.State.Name.Value) is { } fault) return new(WriteResult.Rejected, fault);
        var stored = tenants[write.State.Name.Value] = new(write.State, write.ExpectedVersion + 1, write.WriteId);
        Watcher.Written(old, stored);
        return WriteOutcome.Written;
    }

    WriteOutcome Write(EntityWrite.OfShard write)
    {
        var old = shards.GetValueOrDefault(write.State.Key);
        if ((old?.Version ?? 0) != write.ExpectedVersion) return WriteOutcome.Conflict;
        var (database, table) = (write.State.Database, write.State.Table);
        if ((Unstorable(database, table, write.State.Node) ?? Broken(write.State.Cursor.Time) ?? Broken(write.State.Cursor.Key) ?? Broken(write.State.HighestKey) ?? Zero(write.State.Status)) is { } fault) return new(WriteResult.Rejected, fault);
        if (old is null && Of(write.State.Key.TaskId, 0).Any(other => other.State.Database == database && other.State.Table == table)) return new(WriteResult.Rejected, $"the task has a shard {database}.{table}");
        var next = old is null ? write.State : write.State with { Tenant = old.State.Tenant, Database = old.State.Database, Table = old.State.Table, CreatedAt = old.State.CreatedAt };
        foreach (var letter in write.DeadLetters) Watcher.PutAside(next, letter);
        foreach (var letter in write.DeadLetters) deadLetters[letter.Id] = letter with { At = WholeMilliseconds(letter.At), Error = Mended(letter.Error)!, Row = Mended(letter.Row) };
        var stored = shards[next.Key] = new(next with { Error = Mended(next.Error), DeadLetters = [] }, write.ExpectedVersion + 1, write.WriteId);
        Watcher.Written(old, stored);
        return WriteOutcome.Written;
    }

    public ValueTask InsertShardsAsync(IReadOnlyList<ShardState> inserted, CancellationToken cancellationToken)
    {
        foreach (var shard in inserted)
        {
            if (shards.ContainsKey(shard.Key)) continue;
            var stored = shards[shard.Key] = new(shard, 1, 0);
            Watcher.Written(null, stored);
        }
        return default;
    }

    public ValueTask DeleteShardsAsync(long taskId, IReadOnlyList<long> shardIds, CancellationToken cancellationToken)
    {
        foreach (var id in shardIds)
            if (shards.Remove(new(taskId, id), out var gone)) Watcher.Deleted(gone);
        return default;
    }

    public ValueTask<IReadOnlyList<Stored<TaskState>>> DueTasksAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        List(tasks.Values.Where(task => task.State.WakeAt < before && bucket.Has(task.State.Id)).OrderBy(task => task.State.WakeAt).ThenBy(task => task.State.Id).Take(limit).Select(Read));

    public ValueTask<int> CountSleepersAsync(int most, CancellationToken cancellationToken) => new(tasks.Values.Where(task => task.State.WakeAt is not null).Take(most).Count());

    public ValueTask<IReadOnlyList<Stored<ExecutionState>>> DueExecutionsAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        List(executions.Values.Where(execution => execution.State.WakeAt < before && bucket.Has(execution.State.Id)).OrderBy(execution => execution.State.WakeAt).Take(limit)); // OrderBy is stable: then by id

    public ValueTask<IReadOnlyList<Stored<ExecutionState>>> OpenExecutionsAsync(ExecutionId? after, int limit, CancellationToken cancellationToken) =>
        List(executions.Values.Where(execution => !execution.State.HasEnded && (after is not { } id || ById.Compare(execution.State.Id, id) > 0)).Take(limit));

    public ValueTask<IReadOnlyList<Stored<ShardState>>> ShardsAsync(long taskId, long after, int limit, CancellationToken cancellationToken) => List(Of(taskId, after).Take(limit));

    public ValueTask<IReadOnlyList<Stored<ShardState>>> UnfinishedShardsAsync(long taskId, long round, long after, int limit, CancellationToken cancellationToken) =>
        List(Unfinished(taskId, round, after).Take(limit));

    public ValueTask<IReadOnlyDictionary<string, int>> CountByNodeAsync(long taskId, long round, CancellationToken cancellationToken) =>
        new(Unfinished(taskId, round, 0).GroupBy(shard => shard.State.Node ?? "").ToDictionary(shards => shards.Key, shards => shards.Count()));

    IEnumerable<Stored<ShardState>> Unfinished(long taskId, long round, long after) => Of(taskId, after)
        .Where(shard => shard.State.Status is not (ShardStatus.Paused or ShardStatus.Gone) && (shard.State.Round < round || (shard.State.Round == round && shard.State.Status is (ShardStatus.Idle or ShardStatus.Running))));

    IEnumerable<Stored<ShardState>> Of(long taskId, long after) => shards.Values.Where(shard => shard.State.Key.TaskId == taskId && shard.State.Key.ShardId > after);

    public ValueTask<RoundTotals> CountRoundAsync(long taskId, long round, CancellationToken cancellationToken)
    {
        return new(CountRound(Of(taskId, 0).Select(shard => shard.State), round));
    }

    static RoundTotals CountRound(IEnumerable<ShardState> shards, long round)
    {
        var all = shards.Where(shard => shard.Status != ShardStatus.Gone).ToArray();
        var inRound = all.Where(shard => shard.Round == round).ToArray();
        int Count(ShardStatus status) => inRound.Count(shard => shard.Status == status);
        var (running, completed, failed, cancelled, paused) = (Count(ShardStatus.Running), Count(ShardStatus.Completed), Count(ShardStatus.Failed), Count(ShardStatus.Cancelled), all.Count(shard => shard.Status == ShardStatus.Paused));
        return new(new(all.Length, all.Length - running - completed - failed - cancelled - paused, running, completed, failed, cancelled, paused),
            inRound.Sum(shard => shard.Rows), inRound.Sum(shard => shard.Pages), inRound.Length == 0 ? null : inRound.Max(shard => shard.UpdatedAt));
    }

    public ValueTask<Stored<TaskState>?> FindTaskAsync(string tenant, string name, CancellationToken cancellationToken) =>
        new(tasks.Values.FirstOrDefault(task => Lives(task.State, tenant, name)) is { } found ? Read(found) : null);

    public ValueTask<IReadOnlyList<Stored<TaskState>>> ListTasksAsync(string tenant, ScheduledTaskStatus? status, string? search, string? after, int limit, CancellationToken cancellationToken) =>
        List(tasks.Values.Where(task => task.State.Tenant == tenant && (status is { } wanted ? task.State.Status == wanted : task.State.Status != ScheduledTaskStatus.Deleted)
                && (search is null || task.State.Definition.Name.Contains(search, StringComparison.Ordinal)) && (after is null || string.CompareOrdinal(task.State.Definition.Name, after) > 0))
            .OrderBy(task => task.State.Definition.Name, StringComparer.Ordinal).Take(limit).Select(Read));

    public ValueTask<IReadOnlyList<Stored<ShardState>>> ListShardsAsync(long taskId, ShardStatus? status, string? database, ShardName? after, int limit, CancellationToken cancellationToken) =>
        List(Of(taskId, 0).Where(shard => (status is null || shard.State.Status == status) && (database is null || shard.State.Database == database))
            .OrderBy(shard => shard.State.Database, StringComparer.Ordinal).ThenBy(shard => shard.State.Table, StringComparer.Ordinal)
            .Where(shard => after is null || string.CompareOrdinal(shard.State.Database, after.Database) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(shard.State.Table, after.Table) > 0)))
            .Take(limit));

    public ValueTask<IReadOnlyList<Stored<ExecutionState>>> ListExecutionsAsync(ExecutionFilter filter, (DateTimeOffset ScheduledAt, ExecutionId Id)? after, int limit, CancellationToken cancellationToken) =>
        List(executions.Values.Where(execution => execution.State.Seed.Tenant == filter.Tenant
                && (filter.TaskName is null || execution.State.Seed.TaskName == filter.TaskName)
                && (filter.Status is null || execution.State.Status == filter.Status)
                && (filter.From is null || execution.State.Seed.ScheduledAt >= filter.From) && (filter.To is null || execution.State.Seed.ScheduledAt < filter.To))
            .OrderByDescending(execution => execution.State.Seed.ScheduledAt)
            .Where(execution => after is not { } last || execution.State.Seed.ScheduledAt < last.ScheduledAt || (execution.State.Seed.ScheduledAt == last.ScheduledAt && ById.Compare(execution.State.Id, last.Id) > 0))
            .Take(limit));

    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        PurgeCalendars(endedBefore);
        var old = executions.Values.Where(execution => execution.State.EndedAt < endedBefore
            && !(tasks.TryGetValue(execution.State.Seed.TaskId, out var task) && task.State.OpenSince <= execution.State.CreatedAt))
            .OrderBy(execution => execution.State.EndedAt).Take(limit).ToArray();
        foreach (var execution in old)
        {
            executions.Remove(execution.State.Id);
            Watcher.Purged(execution);
        }
        var gone = tasks.Values.Where(task => task.State.Status == ScheduledTaskStatus.Deleted && task.State.UpdatedAt < endedBefore && task.State.Open.IsEmpty
            && !executions.Values.Any(execution => execution.State.Seed.TaskId == task.State.Id)).Take(Math.Max(0, limit - old.Length)).ToArray();
        foreach (var task in gone)
        {
            foreach (var shard in Of(task.State.Id, 0).ToArray())
                if (shards.Remove(shard.State.Key)) Watcher.Deleted(shard);
            tasks.Remove(task.State.Id);
            Watcher.Purged(task);
        }
        return new(old.Length + gone.Length);
    }

    public ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken)
    {
        var drained = nodes.GetValueOrDefault(beat.Id)?.DrainedAt;
        nodes[beat.Id] = new(beat with { StartedAt = WholeMilliseconds(nodes.GetValueOrDefault(beat.Id)?.Beat.StartedAt ?? beat.StartedAt) }, WholeMilliseconds(now()), drained);
        return new(now());
    }

    // A row is read anew each time: who compares definitions by reference must not be served better here than by a real store.
    static Stored<TaskState> Read(Stored<TaskState> task) => task.State.Definition.Handler.Polling is not { } polling ? task
        : task with { State = task.State with { Definition = task.State.Definition with { Handler = task.State.Definition.Handler with { Polling = polling with { Shards = polling.Shards with { } } } } } };

    static ValueTask<T> Answer<T>(CancellationToken cancellationToken, T answer) => cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<T>(cancellationToken) : new(answer);

    static bool Lives(TaskState task, string tenant, string name) => task.Status != ScheduledTaskStatus.Deleted && task.Tenant == tenant && task.Definition.Name == name;

    static string? Unstorable(params ReadOnlySpan<string?> names)
    {
        foreach (var name in names)
            if ((name?.Length > LongestName ? $"expected at most {LongestName} characters, got {name.Length}" : Broken(name)) is { } fault) return fault;
        return null;
    }

    static string? Broken(string? text) => text is null || (!text.Contains('\0') && text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0) || text == Mended(text) ? null : "expected text without NUL and halves of surrogate pairs, got such a character";

    static string? Zero<TStatus>(TStatus status) where TStatus : struct, Enum => status.Equals(default(TStatus)) ? "expected a status, got none" : null;

    static string? Mended(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    static ValueTask<IReadOnlyList<T>> List<T>(IEnumerable<T> items) => new(items.ToArray());
}

/// <summary>Sees every change of the store as it happens.</summary>
interface IStoreWatcher
{
    static IStoreWatcher Nobody { get; } = new Blind();

    void Written(Stored<TaskState>? old, Stored<TaskState> next);
    void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next);
    void Written(Stored<ShardState>? old, Stored<ShardState> next);
    void Written(Stored<TenantState>? old, Stored<TenantState> next);
    void Deleted(Stored<ShardState> gone);
    void Purged(Stored<ExecutionState> gone);
    void Purged(Stored<TaskState> gone);
    void PutAside(ShardState by, DeadLetter letter);
    void TakenAway(DeadLetter letter);
    void Written(LogEntry line, LogMonth month);
    void Counted(ExecutionId execution);

    sealed class Blind : IStoreWatcher
    {
        public void Written(Stored<TaskState>? old, Stored<TaskState> next) { }
        public void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) { }
        public void Written(Stored<ShardState>? old, Stored<ShardState> next) { }
        public void Written(Stored<TenantState>? old, Stored<TenantState> next) { }
        public void Deleted(Stored<ShardState> gone) { }
        public void Purged(Stored<ExecutionState> gone) { }
        public void Purged(Stored<TaskState> gone) { }
        public void PutAside(ShardState by, DeadLetter letter) { }
        public void TakenAway(DeadLetter letter) { }
        public void Written(LogEntry line, LogMonth month) { }
        public void Counted(ExecutionId execution) { }
    }
}
