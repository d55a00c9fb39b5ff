using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Schedules;

namespace Scheduler.Client;

/// <summary>A series of points over whole buckets.</summary>
sealed record StatsSeries(StatsBucket Bucket, DateTimeOffset From, DateTimeOffset To)
{
    const int MostPoints = 1000;

    TimeSpan Step => LengthOf(Bucket);

    /// <exception cref="SchedulerException">It has too many points, or none, or reaches further than instants that may be named.</exception>
    public static StatsSeries Of(StatsQuery query, DateTimeOffset now)
    {
        if (query.Bucket == StatsBucket.None) throw new SchedulerException([new("bucket", "expected a bucket, got none")]);
        Instants.Check(("from", query.From), ("to", query.To));
        var step = LengthOf(query.Bucket);
        var last = Floor(query.To ?? now, step);
        var to = last == query.To ? last : last + step;
        var from = query.From is { } given ? Floor(given, step) : to - (query.Bucket == StatsBucket.Hour ? 24 : 30) * step;
        if (from >= to) throw new SchedulerException([new("from", $"expected an instant before \"to\" ({WireText.Of(to)}), got {WireText.Of(from)}")]);
        var points = (to - from) / step;
        return points <= MostPoints ? new(query.Bucket, from, to)
            : throw new SchedulerException([new("from", $"expected a range of at most {MostPoints} points, got {points:0}; ask for days, or for less")]);
    }

    public StatsView View(IReadOnlyList<HourTotals> totals)
    {
        var byPoint = totals.ToLookup(each => Floor(each.Hour, Step));
        List<StatsPoint> points = [];
        for (var at = From; at < To; at += Step) points.Add(Point(at, [.. byPoint[at]]));
        return new() { Bucket = Bucket, Items = points };
    }

    static StatsPoint Point(DateTimeOffset at, HourTotals[] totals)
    {
        long Count(ExecutionStatus status) => totals.Where(each => each.Status == status).Sum(each => each.Count);
        var started = totals.Sum(each => each.Started);
        return new()
        {
            At = at,
            Executions = new(totals.Sum(each => each.Count), Count(ExecutionStatus.Succeeded), Count(ExecutionStatus.Failed), Count(ExecutionStatus.TimedOut), Count(ExecutionStatus.Cancelled), Count(ExecutionStatus.Skipped)),
            Rows = totals.Sum(each => each.Rows),
            Duration = started == 0 ? null : new(Milliseconds(totals.Sum(each => each.Duration) / started), Milliseconds(totals.Max(each => each.LongestDuration))),
            Lateness = started == 0 ? null : new(Milliseconds(totals.Sum(each => each.Lateness) / started), Milliseconds(totals.Max(each => each.LongestLateness))),
        };
    }

    static TimeSpan Milliseconds(long count) => TimeSpan.FromTicks(count * TimeSpan.TicksPerMillisecond);

    static TimeSpan LengthOf(StatsBucket bucket) => bucket == StatsBucket.Day ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1);

    static DateTimeOffset Floor(DateTimeOffset instant, TimeSpan step) => new(instant.UtcTicks - instant.UtcTicks % step.Ticks, TimeSpan.Zero);
}
