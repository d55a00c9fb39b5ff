using Scheduler.Executions;
using Scheduler.Running.Logs;

namespace Scheduler.Running;

public partial interface IStore
{
    /// <summary>Makes a month's table of lines, where there is none. Several processes may at the same time.</summary>
    ValueTask MakeLogMonthAsync(LogMonth month, CancellationToken cancellationToken);

    /// <summary>The months that have a table, in their order.</summary>
    ValueTask<IReadOnlyList<LogMonth>> LogMonthsAsync(CancellationToken cancellationToken);

    /// <summary>Drops a month's table with all its lines, where there is one.</summary>
    ValueTask DropLogMonthAsync(LogMonth month, CancellationToken cancellationToken);

    /// <summary>Inserts those lines that are not there, all or none. Fails where the month has no table. It is not guarded: what ran here is told, whoever has the lease by now.</summary>
    ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken);

    /// <summary>Lines of an execution in their order, after <paramref name="after"/> (null: from the first); none where the month has no table.</summary>
    ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Counts the executions that ended before <paramref name="before"/> (to the millisecond) and are not counted yet, of a day at most. One
    /// that ends with an earlier time afterwards is never counted.
    /// </summary>
    /// <returns>All that ended before it are counted; earlier than asked for: there are more.</returns>
    ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Executions by the hour and status in which they ended, those that are not yet rolled up included; in that order.</summary>
    ValueTask<IReadOnlyList<HourTotals>> ReadStatsAsync(StatsFilter filter, CancellationToken cancellationToken);

    /// <summary>Deletes the counts of hours that began before <paramref name="before"/>.</summary>
    /// <returns>How many rows were deleted; fewer than <paramref name="limit"/>: there is no more.</returns>
    ValueTask<int> PurgeStatsAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);
}

/// <summary>Which executions to count.</summary>
/// <param name="Tenant">Of this tenant.</param>
/// <param name="TaskName">Of tasks of this name; null: of all.</param>
/// <param name="From">Ended at or after it: a whole hour.</param>
/// <param name="To">Ended before it: a whole hour.</param>
public sealed record StatsFilter(string Tenant, string? TaskName, DateTimeOffset From, DateTimeOffset To);

/// <summary>The executions that ended in an hour in one way; durations in milliseconds.</summary>
/// <param name="Hour">When it begins.</param>
/// <param name="Status">How they ended.</param>
/// <param name="Count">How many.</param>
/// <param name="Started">Those among them that had started.</param>
/// <param name="Duration">From start to end, in all.</param>
/// <param name="LongestDuration">The longest.</param>
/// <param name="Lateness">From the scheduled time to the start, in all.</param>
/// <param name="LongestLateness">The longest.</param>
/// <param name="Rows">Rows processed.</param>
public sealed record HourTotals(DateTimeOffset Hour, ExecutionStatus Status, long Count, long Started, long Duration, long LongestDuration, long Lateness, long LongestLateness, long Rows);
