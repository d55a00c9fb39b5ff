namespace Scheduler;

public partial interface ISchedulerClient
{
    /// <summary>
    /// What the execution's handler has logged so far, in order. Lines of the process that answers are there at once, those of others when they are
    /// written, about a second later.
    /// </summary>
    /// <exception cref="SchedulerException">There is no such execution, or the cursor is none of its.</exception>
    Task<Page<LogLine>> ListLogsAsync(string id, LogQuery query, CancellationToken cancellationToken = default);

    /// <summary>The execution's lines, those that there are and then each as it comes; it ends when the execution has ended and all were told.</summary>
    /// <param name="id">The execution.</param>
    /// <param name="filter">Which lines; null: all.</param>
    /// <param name="after">The <see cref="LogLine.Id"/> of the last line that is known already; null: from the first.</param>
    /// <param name="cancellationToken">Ends it before.</param>
    /// <exception cref="SchedulerException">There is no such execution, <paramref name="after"/> is no line's id, or the scheduler cannot be reached any more.</exception>
    IAsyncEnumerable<LogLine> WatchLogsAsync(string id, LogFilter? filter = null, string? after = null, CancellationToken cancellationToken = default);

    /// <summary>How executions ended, how long they took and how late they began, hour by hour or day by day.</summary>
    /// <exception cref="SchedulerException">The range has more than 1,000 points, or ends before it begins.</exception>
    Task<StatsView> GetStatsAsync(StatsQuery query, CancellationToken cancellationToken = default);
}
