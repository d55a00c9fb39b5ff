using System.Globalization;
using System.Runtime.CompilerServices;

namespace Scheduler.Tests.Fakes;

partial class FakeScheduler
{
    public Task<Page<LogLine>> ListLogsAsync(string id, LogQuery query, CancellationToken cancellationToken = default) => Do($"logs {id} {query}", cancellationToken, () =>
    {
        if (query.Limit is < 1 or > 1000) throw new SchedulerException([new("limit", $"expected 1 to 1000, got {query.Limit}")]);
        Check(query);
        var left = After(id, query, query.Cursor, "cursor");
        return new Page<LogLine>([.. left.Take(query.Limit)], left.Length > query.Limit ? left[query.Limit - 1].Id : null);
    });

    public async IAsyncEnumerable<LogLine> WatchLogsAsync(string id, LogFilter? filter = null, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (lines, ended) = await Do($"watchLogs {id}", cancellationToken, () =>
            {
                Check(filter ?? new());
                return (After(id, filter ?? new(), after, "after"), FindExecution(id).View.EndedAt is not null);
            });
            foreach (var line in lines)
            {
                after = line.Id;
                yield return line;
            }
            if (ended) yield break;
            await Task.Delay(5, cancellationToken);
        }
    }

    public Task<StatsView> GetStatsAsync(StatsQuery query, CancellationToken cancellationToken = default) => Do($"stats {query}", cancellationToken, () =>
    {
        Check(("from", query.From), ("to", query.To));
        var step = query.Bucket == StatsBucket.Day ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1);
        DateTimeOffset Floor(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % step.Ticks, TimeSpan.Zero);
        var to = query.To is { } end && Floor(end) == end ? end : Floor(query.To ?? Now) + step;
        var from = query.From is { } begin ? Floor(begin) : to - (query.Bucket == StatsBucket.Day ? 30 : 24) * step;
        if (from >= to || (to - from) / step > 1000) throw new SchedulerException([new("from", "expected a range of 1 to 1000 points")]);
        List<StatsPoint> points = [];
        for (var at = from; at < to; at += step)
        {
            var ended = executions.Select(each => each.View).Where(view => (query.Task is null || view.Task == query.Task) && view.EndedAt is { } when && Floor(when) == at).ToArray();
            int Count(ExecutionStatus status) => ended.Count(view => view.Status == status);
            points.Add(new()
            {
                At = at, Rows = ended.Sum(view => view.Rows),
                Executions = new(ended.Length, Count(ExecutionStatus.Succeeded), Count(ExecutionStatus.Failed), Count(ExecutionStatus.TimedOut), Count(ExecutionStatus.Cancelled), Count(ExecutionStatus.Skipped)),
            });
        }
        return new StatsView { Bucket = query.Bucket, Items = points };
    });

    LogLine[] After(string id, LogFilter filter, string? after, string field)
    {
        var at = after is null ? -1 : after.Split('-') is [var number, "1"] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : throw new SchedulerException([new(field, $"expected the id of a line, got \"{after}\"")]);
        return [.. FindExecution(id).Lines.Where(line => int.Parse(line.Id.Split('-')[0]) > at
            && (filter.Level is not { } level || line.Level >= level) && (filter.Attempt is null || line.Attempt == filter.Attempt) && filter.Database is null && filter.Table is null
            && (filter.Search is null || line.Message.Contains(filter.Search, StringComparison.Ordinal)))];
    }

    static void Check(LogFilter filter)
    {
        if (filter.Attempt is < 1) throw new SchedulerException([new("attempt", $"expected 1 or more, got {filter.Attempt}")]);
        if (filter.Search is { Length: 0 or > 1000 }) throw new SchedulerException([new("q", "expected 1 to 1000 characters, got another number")]);
    }

    /// <summary>What the handlers of the conformance suite log: <c>tell</c> five lines, the others none.</summary>
    static LogLine[] LinesOf() =>
        [.. Enumerable.Range(1, 5).Select(number => new LogLine { Id = $"{number}-1", At = Now, Level = number == 4 ? LogLineLevel.Warning : LogLineLevel.Information, Message = $"line {number}", Attempt = 1, FencingToken = 1, Node = "fake" })];
}
