using System.Runtime.CompilerServices;

namespace Scheduler.Client;

public sealed partial class HttpSchedulerClient
{
    /// <inheritdoc/>
    public Task<Page<LogLine>> ListLogsAsync(string id, LogQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<Page<LogLine>>(HttpMethod.Get, Filtered(Path.Of("executions", id, "logs"), query).With("cursor", query.Cursor).With("limit", query.Limit), null, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> WatchLogsAsync(string id, LogFilter? filter = null, string? after = null, CancellationToken cancellationToken = default) =>
        connection.WatchAsync<LogLine>(Filtered(Path.Of("executions", id, "logs/stream"), filter ?? new()), cancellationToken, headers => { if (after is not null) headers.TryAddWithoutValidation("Last-Event-ID", after); });

    /// <inheritdoc/>
    public Task<StatsView> GetStatsAsync(StatsQuery query, CancellationToken cancellationToken = default) =>
        connection.SendAsync<StatsView>(HttpMethod.Get, new Path("stats").With("task", query.Task).With("from", query.From).With("to", query.To).With<StatsBucket>("bucket", query.Bucket), null, cancellationToken);

    static Path Filtered(Path path, LogFilter filter) => path.With("level", filter.Level)
        .With("attempt", filter.Attempt?.ToString(System.Globalization.CultureInfo.InvariantCulture)).With("q", filter.Search).With("database", filter.Database).With("table", filter.Table);
}
