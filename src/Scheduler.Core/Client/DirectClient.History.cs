using System.Runtime.CompilerServices;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler.Client;

public sealed partial class DirectClient
{
    /// <inheritdoc/>
    public async Task<Page<LogLine>> ListLogsAsync(string id, LogQuery query, CancellationToken cancellationToken = default)
    {
        var (after, limit) = (Cursors.ReadLine(query.Cursor), Limit(query.Limit));
        CheckLogs(query);
        var execution = await FindExecutionAsync(id, cancellationToken);
        // Those of a run in this node are seen before they are written.
        if (others is not null && Node.Limits.Logs.MayBeUnwritten(execution, Node.Clock.Now)) await others.WriteLinesAsync(cancellationToken);
        var lines = await ReadAsync(store => Node.Logs.ReadAsync(store, execution, query, after, limit + 1, cancellationToken));
        return new([.. lines.Take(limit).Select(Views.Of)], lines.Count > limit ? lines[limit - 1].Position.ToString() : null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogLine> WatchLogsAsync(string id, LogFilter? filter = null, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var position = Cursors.ReadLine(after, "after");
        CheckLogs(filter ??= new());
        var execution = await FindExecutionAsync(id, cancellationToken);
        var tail = new LogTail(Node, ReadAsync, each => KnownAsync(each, cancellationToken), others);
        await foreach (var entry in tail.FollowAsync(execution, filter, position, cancellationToken)) yield return Views.Of(entry);
    }

    /// <inheritdoc/>
    public async Task<StatsView> GetStatsAsync(StatsQuery query, CancellationToken cancellationToken = default)
    {
        var series = StatsSeries.Of(query, Node.Clock.Now);
        var totals = await ReadAsync(store => store.ReadStatsAsync(new(tenant, query.Task, series.From, series.To), cancellationToken));
        return series.View(totals);
    }

    async Task<ExecutionState> FindExecutionAsync(string id, CancellationToken cancellationToken)
    {
        var known = ExecutionId.TryParse(id, out var parsed) ? await KnownAsync(parsed, cancellationToken) : null;
        return known?.Seed.Tenant == tenant ? known : throw NoExecution(id);
    }

    /// <summary>The execution as it is in this process, where its start may not be written yet, or else as it is stored.</summary>
    async Task<ExecutionState?> KnownAsync(ExecutionId id, CancellationToken cancellationToken)
    {
        return await HereAsync() ?? await StoredAsync() ?? await HereAsync() ?? await StoredAsync(); // it may begin meanwhile, or end

        async Task<ExecutionState?> HereAsync() => Node.Router.Holds(id)
            && await DurableAsync(Node.Router.AskAsync(id, new ExecutionCommand.Woken(Node.Clock.Now)), cancellationToken) is { State: { Status: not ExecutionStatus.None } here } ? here : null;

        async Task<ExecutionState?> StoredAsync() => (await ReadAsync(store => store.ReadExecutionAsync(id, cancellationToken)))?.State;
    }

    static void CheckLogs(LogFilter filter)
    {
        List<FieldError> errors = [];
        if (filter.Level == LogLineLevel.None) errors.Add(new("level", "expected a level, got none"));
        if (filter.Attempt is < 1) errors.Add(new("attempt", $"expected 1 or more, got {filter.Attempt}"));
        foreach (var (field, text) in new[] { ("q", filter.Search), ("database", filter.Database), ("table", filter.Table) })
            if (text is { Length: 0 or > 1000 }) errors.Add(new(field, $"expected 1 to 1000 characters, got {text.Length}"));
        if (errors.Count > 0) throw new SchedulerException(errors);
    }
}
