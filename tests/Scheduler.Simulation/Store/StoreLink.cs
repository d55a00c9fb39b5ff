using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>The store as one process reaches it: over a line that takes time, breaks before or after the transaction, hangs, and is cut.</summary>
sealed class StoreLink(Simulation simulation, Process process, IStore store) : IStore
{
    // A driver gives a statement up after a while, whatever its caller waits for.
    static readonly TimeSpan DriverPatience = TimeSpan.FromSeconds(4);

    readonly Prng random = simulation.Random.Fork();
    World World => simulation.World;

    /// <summary>Whether the process cannot reach the store.</summary>
    public bool IsCut { get; set; }

    public ValueTask<Stored<TaskState>?> ReadTaskAsync(long id, CancellationToken cancellationToken) => Call("readTask", () => store.ReadTaskAsync(id, default), cancellationToken);
    public ValueTask<Stored<ExecutionState>?> ReadExecutionAsync(ExecutionId id, CancellationToken cancellationToken) => Call("readExecution", () => store.ReadExecutionAsync(id, default), cancellationToken);
    public ValueTask<Stored<ShardState>?> ReadShardAsync(ShardKey key, CancellationToken cancellationToken) => Call("readShard", () => store.ReadShardAsync(key, default), cancellationToken);

    public ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        if (simulation.Faults.Strikes(FaultKind.CrashInCommit)) World.After(random.Seconds(0, 0.01), () => simulation.Crash(process, FaultKind.CrashInCommit));
        return Call("commit", () => store.CommitAsync(writes, default), cancellationToken);
    }

    public async ValueTask InsertShardsAsync(IReadOnlyList<ShardState> shards, CancellationToken cancellationToken) => await Call("insertShards", async () => { await store.InsertShardsAsync(shards, default); return 0; }, cancellationToken);
    public async ValueTask DeleteShardsAsync(long taskId, IReadOnlyList<long> shardIds, CancellationToken cancellationToken) => await Call("deleteShards", async () => { await store.DeleteShardsAsync(taskId, shardIds, default); return 0; }, cancellationToken);
    public ValueTask<IReadOnlyList<Stored<TaskState>>> DueTasksAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) => Call("dueTasks", () => store.DueTasksAsync(bucket, before, limit, default), cancellationToken);
    public ValueTask<int> CountSleepersAsync(int most, CancellationToken cancellationToken) => Call("countSleepers", () => store.CountSleepersAsync(most, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<ExecutionState>>> DueExecutionsAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) => Call("dueExecutions", () => store.DueExecutionsAsync(bucket, before, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<ExecutionState>>> OpenExecutionsAsync(ExecutionId? after, int limit, CancellationToken cancellationToken) => Call("openExecutions", () => store.OpenExecutionsAsync(after, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<ShardState>>> ShardsAsync(long taskId, long after, int limit, CancellationToken cancellationToken) => Call("shards", () => store.ShardsAsync(taskId, after, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<ShardState>>> UnfinishedShardsAsync(long taskId, long round, long after, int limit, CancellationToken cancellationToken) => Call("unfinishedShards", () => store.UnfinishedShardsAsync(taskId, round, after, limit, default), cancellationToken);
    public ValueTask<RoundTotals> CountRoundAsync(long taskId, long round, CancellationToken cancellationToken) => Call("countRound", () => store.CountRoundAsync(taskId, round, default), cancellationToken);
    public ValueTask<Stored<TaskState>?> FindTaskAsync(string tenant, string name, CancellationToken cancellationToken) => Call("findTask", () => store.FindTaskAsync(tenant, name, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<TaskState>>> ListTasksAsync(string tenant, ScheduledTaskStatus? status, string? search, string? after, int limit, CancellationToken cancellationToken) => Call("listTasks", () => store.ListTasksAsync(tenant, status, search, after, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<ShardState>>> ListShardsAsync(long taskId, ShardStatus? status, string? database, ShardName? after, int limit, CancellationToken cancellationToken) => Call("listShards", () => store.ListShardsAsync(taskId, status, database, after, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<ExecutionState>>> ListExecutionsAsync(ExecutionFilter filter, (DateTimeOffset ScheduledAt, ExecutionId Id)? after, int limit, CancellationToken cancellationToken) => Call("listExecutions", () => store.ListExecutionsAsync(filter, after, limit, default), cancellationToken);
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken) => Call("purge", () => store.PurgeAsync(endedBefore, limit, default), cancellationToken);

    public ValueTask<IReadOnlyList<Stored<ShardState>>> RetriedShardsAsync(long taskId, long retried, long round, long after, int limit, CancellationToken cancellationToken) => Call("retriedShards", () => store.RetriedShardsAsync(taskId, retried, round, after, limit, default), cancellationToken);
    public ValueTask<RoundTotals> CountRetryAsync(long taskId, long retried, long round, CancellationToken cancellationToken) => Call("countRetry", () => store.CountRetryAsync(taskId, retried, round, default), cancellationToken);
    public ValueTask<IReadOnlyList<DatabaseTotals>> CountDatabasesAsync(long taskId, long? retried, long round, string? after, int limit, CancellationToken cancellationToken) => Call("countDatabases", () => store.CountDatabasesAsync(taskId, retried, round, after, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(long taskId, (DateTimeOffset At, string Id)? after, int limit, CancellationToken cancellationToken) => Call("listDeadLetters", () => store.ListDeadLettersAsync(taskId, after, limit, default), cancellationToken);
    public ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(long taskId, IReadOnlyList<string> ids, CancellationToken cancellationToken) => Call("readDeadLetters", () => store.ReadDeadLettersAsync(taskId, ids, default), cancellationToken);
    public async ValueTask ReviseDeadLetterAsync(DeadLetter letter, CancellationToken cancellationToken) => await Call("reviseDeadLetter", async () => { await store.ReviseDeadLetterAsync(letter, default); return 0; }, cancellationToken);
    public ValueTask<int> DeleteDeadLettersAsync(long taskId, IReadOnlyList<string>? ids, CancellationToken cancellationToken) => Call("deleteDeadLetters", () => store.DeleteDeadLettersAsync(taskId, ids, default), cancellationToken);
    public ValueTask<IReadOnlyList<SeenNode>> NodesAsync(CancellationToken cancellationToken) => Call("nodes", () => store.NodesAsync(default), cancellationToken);

    public async ValueTask MakeLogMonthAsync(LogMonth month, CancellationToken cancellationToken) => await Call("makeLogMonth", async () => { await store.MakeLogMonthAsync(month, default); return 0; }, cancellationToken);
    public ValueTask<IReadOnlyList<LogMonth>> LogMonthsAsync(CancellationToken cancellationToken) => Call("logMonths", () => store.LogMonthsAsync(default), cancellationToken);
    public async ValueTask DropLogMonthAsync(LogMonth month, CancellationToken cancellationToken) => await Call("dropLogMonth", async () => { await store.DropLogMonthAsync(month, default); return 0; }, cancellationToken);
    public async ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken) => await Call("writeLog", async () => { await store.WriteLogAsync(month, entries, default); return 0; }, cancellationToken);
    public ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken) => Call("readLog", () => store.ReadLogAsync(month, execution, filter, after, limit, default), cancellationToken);
    public ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken) => Call("rollUp", () => store.RollUpAsync(before, default), cancellationToken);
    public ValueTask<IReadOnlyList<HourTotals>> ReadStatsAsync(StatsFilter filter, CancellationToken cancellationToken) => Call("readStats", () => store.ReadStatsAsync(filter, default), cancellationToken);
    public ValueTask<int> PurgeStatsAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => Call("purgeStats", () => store.PurgeStatsAsync(before, limit, default), cancellationToken);
    public ValueTask<StoredCalendar?> FindCalendarAsync(string tenant, string name, CancellationToken cancellationToken) => Call("findCalendar", () => store.FindCalendarAsync(tenant, name, default), cancellationToken);
    public ValueTask<IReadOnlyList<StoredCalendar>> ListCalendarsAsync(string tenant, string? after, int limit, CancellationToken cancellationToken) => Call("listCalendars", () => store.ListCalendarsAsync(tenant, after, limit, default), cancellationToken);
    public ValueTask<int> CountCalendarsAsync(string tenant, CancellationToken cancellationToken) => Call("countCalendars", () => store.CountCalendarsAsync(tenant, default), cancellationToken);
    public ValueTask<bool> SaveCalendarAsync(StoredCalendar calendar, long expectedRevision, CancellationToken cancellationToken) => Call("saveCalendar", () => store.SaveCalendarAsync(calendar, expectedRevision, default), cancellationToken);
    public ValueTask<IReadOnlyList<StoredCalendar>> UntoldCalendarsAsync(int limit, CancellationToken cancellationToken) => Call("untoldCalendars", () => store.UntoldCalendarsAsync(limit, default), cancellationToken);
    public async ValueTask ToldCalendarAsync(StoredCalendar calendar, CancellationToken cancellationToken) => await Call("toldCalendar", async () => { await store.ToldCalendarAsync(calendar, default); return 0; }, cancellationToken);
    public ValueTask<IReadOnlyList<Stored<TaskState>>> CalendarTasksAsync(string tenant, long after, int limit, CancellationToken cancellationToken) => Call("calendarTasks", () => store.CalendarTasksAsync(tenant, after, limit, default), cancellationToken);
    public ValueTask<Stored<TenantState>?> ReadTenantAsync(TenantName name, CancellationToken cancellationToken) => Call("readTenant", () => store.ReadTenantAsync(name, default), cancellationToken);
    public ValueTask<IReadOnlyList<Stored<TenantState>>> TenantsInUseAsync(TenantName? after, int limit, CancellationToken cancellationToken) => Call("tenantsInUse", () => store.TenantsInUseAsync(after, limit, default), cancellationToken);
    public ValueTask<Orders> OrdersAsync(CancellationToken cancellationToken) => Call("orders", () => store.OrdersAsync(default), cancellationToken);
    public ValueTask<bool> DrainAsync(string node, DateTimeOffset? since, CancellationToken cancellationToken) => Call("drain", () => store.DrainAsync(node, since, default), cancellationToken);
    public ValueTask<IReadOnlyDictionary<string, int>> CountByNodeAsync(long taskId, long round, CancellationToken cancellationToken) => Call("countByNode", () => store.CountByNodeAsync(taskId, round, default), cancellationToken);
    public async ValueTask LeaveAsync(string nodeId, CancellationToken cancellationToken) => await Call("leave", async () => { await store.LeaveAsync(nodeId, default); return 0; }, cancellationToken);

    public async ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken)
    {
        var asked = World.Elapsed;
        var now = await Call("beat", () => store.BeatAsync(beat, default), cancellationToken);
        process.LastBeat = asked;
        return now;
    }

    async ValueTask<T> Call<T>(string what, Func<ValueTask<T>> apply, CancellationToken cancellationToken)
    {
        World.AssertInside();
        cancellationToken.ThrowIfCancellationRequested();
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (process.IsDead) return await answer.Task; // a dead process's requests go nowhere, and it hears no answer
        using var stop = cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);

        var (faults, epoch) = (simulation.Faults, simulation.Epoch);
        var there = random.Seconds(0.0001, 0.003);
        var back = random.Seconds(0.0001, 0.003);
        if (faults.Strikes(FaultKind.StoreSlow)) (there, back) = (random.Seconds(0, 0.8), random.Seconds(0, 0.8));
        if (faults.Strikes(FaultKind.StoreHangs)) (there, back) = random.Chance(0.5) ? (random.Seconds(1, 6), back) : (there, random.Seconds(1, 6));
        if (there + back > DriverPatience) World.After(DriverPatience, () => answer.TrySetException(new StoreFailure($"{what}: expected an answer within {DriverPatience}, got none")));
        // What is given up and happens seconds later: a guarded write may, the insert or deletion of a shard may not (see docs/simulation.md).
        if (what is "insertShards" or "deleteShards" && there > TimeSpan.FromSeconds(1)) (there, back) = (back, there);
        World.After(there, Arrive);
        return await answer.Task;

        void GivesUp() => World.After(DriverPatience, () => answer.TrySetException(new StoreFailure($"{what}: expected an answer within {DriverPatience}, got none")));

        void Arrive()
        {
            // What a process had under way when it died may happen or not; what is restored from a backup has seen none of it.
            if (epoch != simulation.Epoch || (process.IsDead && random.Chance(0.5))) return;
            if (IsCut || simulation.StoreIsDown || faults.Strikes(FaultKind.StoreFailsBefore))
            {
                if (random.Chance(0.8)) World.After(back, () => answer.TrySetException(new StoreFailure($"{what}: the connection is broken")));
                else GivesUp(); // nobody answers
                return;
            }
            var ambiguous = faults.Strikes(FaultKind.StoreFailsAfter);
            World.Note(process.Id, "store", what);
            var applied = apply();
            if (!applied.IsCompleted) throw new InvalidOperationException($"{what}: expected the store behind the link to answer at once");
            T result;
            try
            {
                result = applied.GetAwaiter().GetResult();
            }
            catch (StoreFailure failure)
            {
                World.After(back, () => answer.TrySetException(failure));
                return;
            }
            catch (Exception failure)
            {
                World.Defect($"the fake store threw on {what}: {failure.Message}", failure);
                return;
            }
            World.After(back, () =>
            {
                if (ambiguous || IsCut) answer.TrySetException(new StoreFailure($"{what}: the connection broke before the answer came"));
                else answer.TrySetResult(result);
            });
        }
    }
}

/// <summary>The store did not answer, or not in time.</summary>
sealed class StoreFailure(string message) : Exception(message);
