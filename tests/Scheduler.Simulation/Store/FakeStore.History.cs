using System.Collections.Immutable;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler.Simulation;

sealed partial class FakeStore
{
    readonly record struct HourKey(string Tenant, DateTimeOffset Hour, long TaskId, string TaskName, ExecutionStatus Status);

    ImmutableDictionary<LogMonth, ImmutableSortedDictionary<(string Execution, LogPosition Position), LogEntry>> logs = ImmutableDictionary<LogMonth, ImmutableSortedDictionary<(string, LogPosition), LogEntry>>.Empty;
    ImmutableDictionary<HourKey, HourTotals> rollup = ImmutableDictionary<HourKey, HourTotals>.Empty;
    DateTimeOffset rolledUntil = DateTimeOffset.UnixEpoch;

    /// <summary>All lines of an execution, in whichever month.</summary>
    public IEnumerable<LogEntry> LinesOf(string execution) => logs.Values.SelectMany(month => month.Where(each => each.Key.Execution == execution)).Select(each => each.Value);

    /// <summary>Executions that were counted, in all.</summary>
    public long Counted => rollup.Values.Sum(totals => totals.Count);

    public DateTimeOffset RolledUntil => rolledUntil;

    public ValueTask MakeLogMonthAsync(LogMonth month, CancellationToken cancellationToken)
    {
        if (!logs.ContainsKey(month)) logs = logs.Add(month, ImmutableSortedDictionary.Create<(string, LogPosition), LogEntry>(ByPlace));
        return default;
    }

    static readonly Comparer<(string Execution, LogPosition Position)> ByPlace = Comparer<(string Execution, LogPosition Position)>.Create((one, other) =>
        string.CompareOrdinal(one.Execution, other.Execution) is var order and not 0 ? order : one.Position.CompareTo(other.Position));

    public ValueTask<IReadOnlyList<LogMonth>> LogMonthsAsync(CancellationToken cancellationToken) => List(logs.Keys.Order());

    public ValueTask DropLogMonthAsync(LogMonth month, CancellationToken cancellationToken)
    {
        logs = logs.Remove(month);
        return default;
    }

    public ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.Count == 0) return default;
        if (!logs.TryGetValue(month, out var lines)) throw new StoreFailure($"there is no table schedule_log_{month}");
        foreach (var entry in entries)
        {
            var key = (entry.Source.Execution.Value, entry.Position);
            if (lines.ContainsKey(key)) continue;
            var kept = entry with { Source = entry.Source with { CreatedAt = null }, Message = Mended(entry.Message)!, Exception = Mended(entry.Exception), Category = Mended(entry.Category), Values = Mended(entry.Values) };
            lines = lines.Add(key, kept);
            Watcher.Written(kept, month);
        }
        logs = logs.SetItem(month, lines);
        return default;
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken) =>
        List(logs.TryGetValue(month, out var lines)
            ? lines.Where(each => each.Key.Execution == execution.Value).Select(each => each.Value).Where(entry => entry.Passes(filter) && (after is not { } from || entry.Position.CompareTo(from) > 0)).Take(limit)
            : []);

    public ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var to = WholeMilliseconds(before);
        if (to <= rolledUntil) return new(rolledUntil);
        var first = Ended(rolledUntil, to).Select(execution => execution.EndedAt).Min();
        if (first is { } ended && WholeMilliseconds(ended) is var from && from.AddDays(1) < to) to = from.AddDays(1);
        foreach (var execution in Ended(rolledUntil, to))
        {
            var totals = Measure(execution);
            var key = new HourKey(execution.Seed.Tenant, totals.Hour, execution.Seed.TaskId, execution.Seed.TaskName, execution.Status);
            rollup = rollup.SetItem(key, rollup.TryGetValue(key, out var known) ? Sum(known, totals) : totals);
            Watcher.Counted(execution.Id);
        }
        rolledUntil = to;
        return new(rolledUntil);
    }

    public ValueTask<IReadOnlyList<HourTotals>> ReadStatsAsync(StatsFilter filter, CancellationToken cancellationToken) =>
        List(rollup.Where(each => each.Key.Tenant == filter.Tenant && (filter.TaskName is null || each.Key.TaskName == filter.TaskName)).Select(each => each.Value)
            .Concat(Ended(rolledUntil, DateTimeOffset.MaxValue).Where(execution => execution.Seed.Tenant == filter.Tenant && (filter.TaskName is null || execution.Seed.TaskName == filter.TaskName)).Select(Measure))
            .Where(totals => totals.Hour >= filter.From && totals.Hour < filter.To)
            .GroupBy(totals => (totals.Hour, totals.Status)).OrderBy(group => group.Key.Hour).ThenBy(group => group.Key.Status).Select(group => group.Aggregate(Sum)));

    public ValueTask<int> PurgeStatsAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        var old = rollup.Keys.Where(key => key.Hour < before).OrderBy(key => key.Hour).Take(limit).ToArray();
        rollup = rollup.RemoveRange(old);
        return new(old.Length);
    }

    IEnumerable<ExecutionState> Ended(DateTimeOffset from, DateTimeOffset to) =>
        executions.Values.Select(execution => execution.State).Where(execution => execution.EndedAt is { } ended && WholeMilliseconds(ended) >= from && WholeMilliseconds(ended) < to);

    static HourTotals Measure(ExecutionState execution)
    {
        var (ended, started) = (WholeMilliseconds(execution.EndedAt!.Value), execution.StartedAt is { } some ? WholeMilliseconds(some) : (DateTimeOffset?)null);
        var (duration, lateness) = (Milliseconds(ended - started), Milliseconds(started - WholeMilliseconds(execution.Seed.ScheduledAt)));
        return new(new(ended.UtcTicks - ended.UtcTicks % TimeSpan.TicksPerHour, TimeSpan.Zero), execution.Status, 1, started is null ? 0 : 1, duration, duration, lateness, lateness, execution.Rows);
    }

    static long Milliseconds(TimeSpan? time) => (time?.Ticks ?? 0) / TimeSpan.TicksPerMillisecond;

    static HourTotals Sum(HourTotals one, HourTotals other) => one with
    {
        Count = one.Count + other.Count, Started = one.Started + other.Started, Duration = one.Duration + other.Duration, Lateness = one.Lateness + other.Lateness, Rows = one.Rows + other.Rows,
        LongestDuration = Math.Max(one.LongestDuration, other.LongestDuration), LongestLateness = Math.Max(one.LongestLateness, other.LongestLateness),
    };
}
