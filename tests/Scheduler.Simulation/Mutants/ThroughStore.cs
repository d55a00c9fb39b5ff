using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>A store that hands everything on; a mutant changes one thing of it.</summary>
class ThroughStore(IStore inner) : IStore
{
    protected IStore Inner => inner;

    public virtual ValueTask<Stored<TaskState>?> ReadTaskAsync(long id, CancellationToken cancellationToken) => inner.ReadTaskAsync(id, cancellationToken);
    public virtual ValueTask<Stored<ExecutionState>?> ReadExecutionAsync(ExecutionId id, CancellationToken cancellationToken) => inner.ReadExecutionAsync(id, cancellationToken);
    public virtual ValueTask<Stored<ShardState>?> ReadShardAsync(ShardKey key, CancellationToken cancellationToken) => inner.ReadShardAsync(key, cancellationToken);
    public virtual ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => inner.CommitAsync(writes, cancellationToken);
    public virtual ValueTask InsertShardsAsync(IReadOnlyList<ShardState> shards, CancellationToken cancellationToken) => inner.InsertShardsAsync(shards, cancellationToken);
    public virtual ValueTask DeleteShardsAsync(long taskId, IReadOnlyList<long> shardIds, CancellationToken cancellationToken) => inner.DeleteShardsAsync(taskId, shardIds, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<TaskState>>> DueTasksAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) => inner.DueTasksAsync(bucket, before, limit, cancellationToken);
    public virtual ValueTask<int> CountSleepersAsync(int most, CancellationToken cancellationToken) => inner.CountSleepersAsync(most, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ExecutionState>>> DueExecutionsAsync(WakeBucket bucket, DateTimeOffset before, int limit, CancellationToken cancellationToken) => inner.DueExecutionsAsync(bucket, before, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ExecutionState>>> OpenExecutionsAsync(ExecutionId? after, int limit, CancellationToken cancellationToken) => inner.OpenExecutionsAsync(after, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ShardState>>> ShardsAsync(long taskId, long after, int limit, CancellationToken cancellationToken) => inner.ShardsAsync(taskId, after, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ShardState>>> UnfinishedShardsAsync(long taskId, long round, long after, int limit, CancellationToken cancellationToken) => inner.UnfinishedShardsAsync(taskId, round, after, limit, cancellationToken);
    public virtual ValueTask<RoundTotals> CountRoundAsync(long taskId, long round, CancellationToken cancellationToken) => inner.CountRoundAsync(taskId, round, cancellationToken);
    public virtual ValueTask<Stored<TaskState>?> FindTaskAsync(string tenant, string name, CancellationToken cancellationToken) => inner.FindTaskAsync(tenant, name, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<TaskState>>> ListTasksAsync(string tenant, ScheduledTaskStatus? status, string? search, string? after, int limit, CancellationToken cancellationToken) => inner.ListTasksAsync(tenant, status, search, after, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ShardState>>> ListShardsAsync(long taskId, ShardStatus? status, string? database, ShardName? after, int limit, CancellationToken cancellationToken) => inner.ListShardsAsync(taskId, status, database, after, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ExecutionState>>> ListExecutionsAsync(ExecutionFilter filter, (DateTimeOffset ScheduledAt, ExecutionId Id)? after, int limit, CancellationToken cancellationToken) => inner.ListExecutionsAsync(filter, after, limit, cancellationToken);
    public virtual ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken) => inner.PurgeAsync(endedBefore, limit, cancellationToken);
    public virtual ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken) => inner.BeatAsync(beat, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<ShardState>>> RetriedShardsAsync(long taskId, long retried, long round, long after, int limit, CancellationToken cancellationToken) => inner.RetriedShardsAsync(taskId, retried, round, after, limit, cancellationToken);
    public virtual ValueTask<RoundTotals> CountRetryAsync(long taskId, long retried, long round, CancellationToken cancellationToken) => inner.CountRetryAsync(taskId, retried, round, cancellationToken);
    public virtual ValueTask<IReadOnlyList<DatabaseTotals>> CountDatabasesAsync(long taskId, long? retried, long round, string? after, int limit, CancellationToken cancellationToken) => inner.CountDatabasesAsync(taskId, retried, round, after, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(long taskId, (DateTimeOffset At, string Id)? after, int limit, CancellationToken cancellationToken) => inner.ListDeadLettersAsync(taskId, after, limit, cancellationToken);
    public virtual ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(long taskId, IReadOnlyList<string> ids, CancellationToken cancellationToken) => inner.ReadDeadLettersAsync(taskId, ids, cancellationToken);
    public virtual ValueTask ReviseDeadLetterAsync(DeadLetter letter, CancellationToken cancellationToken) => inner.ReviseDeadLetterAsync(letter, cancellationToken);
    public virtual ValueTask<int> DeleteDeadLettersAsync(long taskId, IReadOnlyList<string>? ids, CancellationToken cancellationToken) => inner.DeleteDeadLettersAsync(taskId, ids, cancellationToken);
    public virtual ValueTask<StoredCalendar?> FindCalendarAsync(string tenant, string name, CancellationToken cancellationToken) => inner.FindCalendarAsync(tenant, name, cancellationToken);
    public virtual ValueTask<IReadOnlyList<StoredCalendar>> ListCalendarsAsync(string tenant, string? after, int limit, CancellationToken cancellationToken) => inner.ListCalendarsAsync(tenant, after, limit, cancellationToken);
    public virtual ValueTask<int> CountCalendarsAsync(string tenant, CancellationToken cancellationToken) => inner.CountCalendarsAsync(tenant, cancellationToken);
    public virtual ValueTask<bool> SaveCalendarAsync(StoredCalendar calendar, long expectedRevision, CancellationToken cancellationToken) => inner.SaveCalendarAsync(calendar, expectedRevision, cancellationToken);
    public virtual ValueTask<IReadOnlyList<StoredCalendar>> UntoldCalendarsAsync(int limit, CancellationToken cancellationToken) => inner.UntoldCalendarsAsync(limit, cancellationToken);
    public virtual ValueTask ToldCalendarAsync(StoredCalendar calendar, CancellationToken cancellationToken) => inner.ToldCalendarAsync(calendar, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<TaskState>>> CalendarTasksAsync(string tenant, long after, int limit, CancellationToken cancellationToken) => inner.CalendarTasksAsync(tenant, after, limit, cancellationToken);
    public virtual ValueTask<Stored<TenantState>?> ReadTenantAsync(TenantName name, CancellationToken cancellationToken) => inner.ReadTenantAsync(name, cancellationToken);
    public virtual ValueTask<IReadOnlyList<Stored<TenantState>>> TenantsInUseAsync(TenantName? after, int limit, CancellationToken cancellationToken) => inner.TenantsInUseAsync(after, limit, cancellationToken);
    public virtual ValueTask<Orders> OrdersAsync(CancellationToken cancellationToken) => inner.OrdersAsync(cancellationToken);
    public virtual ValueTask<bool> DrainAsync(string node, DateTimeOffset? since, CancellationToken cancellationToken) => inner.DrainAsync(node, since, cancellationToken);
    public virtual ValueTask<IReadOnlyDictionary<string, int>> CountByNodeAsync(long taskId, long round, CancellationToken cancellationToken) => inner.CountByNodeAsync(taskId, round, cancellationToken);
    public virtual ValueTask LeaveAsync(string nodeId, CancellationToken cancellationToken) => inner.LeaveAsync(nodeId, cancellationToken);
    public virtual ValueTask<IReadOnlyList<SeenNode>> NodesAsync(CancellationToken cancellationToken) => inner.NodesAsync(cancellationToken);
    public virtual ValueTask MakeLogMonthAsync(LogMonth month, CancellationToken cancellationToken) => inner.MakeLogMonthAsync(month, cancellationToken);
    public virtual ValueTask<IReadOnlyList<LogMonth>> LogMonthsAsync(CancellationToken cancellationToken) => inner.LogMonthsAsync(cancellationToken);
    public virtual ValueTask DropLogMonthAsync(LogMonth month, CancellationToken cancellationToken) => inner.DropLogMonthAsync(month, cancellationToken);
    public virtual ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken) => inner.WriteLogAsync(month, entries, cancellationToken);
    public virtual ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken) => inner.ReadLogAsync(month, execution, filter, after, limit, cancellationToken);
    public virtual ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken) => inner.RollUpAsync(before, cancellationToken);
    public virtual ValueTask<IReadOnlyList<HourTotals>> ReadStatsAsync(StatsFilter filter, CancellationToken cancellationToken) => inner.ReadStatsAsync(filter, cancellationToken);
    public virtual ValueTask<int> PurgeStatsAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => inner.PurgeStatsAsync(before, limit, cancellationToken);
}
