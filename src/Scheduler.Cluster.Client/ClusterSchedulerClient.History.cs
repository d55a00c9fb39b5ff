namespace Scheduler.Cluster;

public sealed partial class ClusterSchedulerClient
{
    /// <inheritdoc/>
    public Task<Page<LogLine>> ListLogsAsync(string id, LogQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync<Page<LogLine>>([(nameof(id), id), (nameof(query), query)], cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> WatchLogsAsync(string id, LogFilter? filter = null, string? after = null, CancellationToken cancellationToken = default) =>
        StreamAsync<LogLine>([(nameof(id), id), (nameof(filter), filter), (nameof(after), after)], cancellationToken);

    /// <inheritdoc/>
    public Task<StatsView> GetStatsAsync(StatsQuery query, CancellationToken cancellationToken = default) => ReadAsync<StatsView>([(nameof(query), query)], cancellationToken);
}
