using Scheduler.Conformance.Servers;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    static readonly LogMonth March = LogMonth.Of(Noon), April = March.Next;

    static LogEntry Line(int execution, long sequence, long writer = 1, LogLineLevel level = LogLineLevel.Information, string message = "hello", int attempt = 1) =>
        new(new(ExecutionId(execution), null, attempt, 7), new(sequence, writer), "node-1", level, null, message, null, null);

    ValueTask<IReadOnlyList<LogEntry>> LinesAsync(int execution, LogFilter? filter = null, LogPosition? after = null, int limit = 100, LogMonth? month = null) =>
        Store.ReadLogAsync(month ?? March, ExecutionId(execution), filter ?? new(), after, limit, default);

    [StoreFact]
    public async Task Months_are_made_and_dropped_any_number_of_times()
    {
        Assert.Empty(await Store.LogMonthsAsync(default));
        Assert.Empty(await LinesAsync(1));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Store.WriteLogAsync(March, [Line(1, 1)], default));
        await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, 8).Select(_ => System.Threading.Tasks.Task.Run(async () => await Store.MakeLogMonthAsync(April, default))));
        await Store.MakeLogMonthAsync(March, default);
        await Store.MakeLogMonthAsync(March, default);
        Assert.Equal([March, April], await Store.LogMonthsAsync(default));
        await Store.WriteLogAsync(March, [Line(1, 1)], default);
        await Store.WriteLogAsync(April, [Line(1, 2)], default);
        await Store.DropLogMonthAsync(March, default);
        await Store.DropLogMonthAsync(March, default);
        Assert.Equal([April], await Store.LogMonthsAsync(default));
        Assert.Empty(await LinesAsync(1));
        Assert.Single(await LinesAsync(1, month: April));
        await Store.MakeLogMonthAsync(March, default); // who had it before finds it again
        await Store.WriteLogAsync(March, [Line(1, 1)], default);
        Assert.Single(await LinesAsync(1));
    }

    [StoreFact]
    public async Task A_line_comes_back_as_it_was_and_is_there_once()
    {
        await Store.MakeLogMonthAsync(March, default);
        var sequence = (Noon - DateTimeOffset.UnixEpoch).Ticks + 1234;
        var full = new LogEntry(new(ExecutionId(1), null, 3, long.MaxValue, "db \"1\" 订单", "t 'x'"), new(sequence, long.MaxValue), "node \"7\"", LogLineLevel.Critical, "My.Category",
            "it's \\ {\"a\"}\r\n🚚", "System.Exception: no\n   at X()", """{"count":3,"name":"订单"}""");
        await Store.WriteLogAsync(March, [full, Line(1, 5)], default);
        await Store.WriteLogAsync(March, [full with { Message = "another" }, Line(1, 5), Line(1, 6)], default); // its answer was lost
        var lines = await LinesAsync(1);
        Assert.Equal([Line(1, 5), Line(1, 6), full], lines);
        Assert.Equal(Noon, lines[2].At);
        await Store.WriteLogAsync(March, [], default);
    }

    [StoreFact]
    public async Task Text_that_no_database_holds_is_mended()
    {
        await Store.MakeLogMonthAsync(March, default);
        await Store.WriteLogAsync(March, [Line(1, 1, message: "a\0b\ud800") with { Exception = "\0" }], default);
        Assert.Equal(("a\uFFFDb\uFFFD", "\uFFFD"), ((await LinesAsync(1))[0].Message, (await LinesAsync(1))[0].Exception));
        Assert.Empty(await LinesAsync(1, new() { Search = "\0" }));
    }

    [StoreFact]
    public async Task Lines_come_in_their_order_and_after_a_place()
    {
        await Store.MakeLogMonthAsync(March, default);
        await Store.WriteLogAsync(March, [Line(1, 30), Line(1, 20, 2), Line(2, 25), Line(1, 20), Line(1, 10)], default);
        Assert.Equal([(10L, 1L), (20, 1), (20, 2), (30, 1)], (await LinesAsync(1)).Select(line => (line.Position.Sequence, line.Position.Writer)));
        Assert.Equal([(20L, 2L), (30, 1)], (await LinesAsync(1, after: new(20, 1))).Select(line => (line.Position.Sequence, line.Position.Writer)));
        Assert.Equal([20L], (await LinesAsync(1, after: new(10, 1), limit: 1)).Select(line => line.Position.Sequence));
        Assert.Empty(await LinesAsync(1, after: new(30, 1)));
    }

    [StoreFact]
    public async Task Lines_are_filtered_where_they_are()
    {
        await Store.MakeLogMonthAsync(March, default);
        LogEntry Of(LogEntry line, string database, string table) => line with { Source = line.Source with { Database = database, Table = table } };
        await Store.WriteLogAsync(March,
        [
            Line(1, 1, level: LogLineLevel.Debug), Line(1, 2, level: LogLineLevel.Error, message: "100% _gone_"), Line(1, 3, attempt: 2) with { Exception = "at Foo()" },
            Of(Line(1, 4), "db1", "t1"), Of(Line(1, 5), "db1", "t2"), Of(Line(1, 6), "DB1", "t1"),
        ], default);
        async Task HasAsync(LogFilter filter, params long[] expected) => Assert.Equal(expected, (await LinesAsync(1, filter)).Select(line => line.Position.Sequence));
        await HasAsync(new() { Level = LogLineLevel.Warning }, 2);
        await HasAsync(new() { Level = LogLineLevel.Information }, 2, 3, 4, 5, 6);
        await HasAsync(new() { Attempt = 2 }, 3);
        await HasAsync(new() { Database = "db1" }, 4, 5);
        await HasAsync(new() { Database = "db1", Table = "t1" }, 4);
        await HasAsync(new() { Search = "0% _" }, 2);
        await HasAsync(new() { Search = "Foo" }, 3);
        await HasAsync(new() { Search = "foo" });
    }

    static ExecutionState EndedAt(int id, DateTimeOffset ended, ExecutionStatus status = ExecutionStatus.Succeeded, int seconds = 10, long task = 1) =>
        Ended(Execution(id, task), ended) with { Status = status, StartedAt = seconds < 0 ? null : ended.AddSeconds(-seconds), Rows = 5 };

    async Task<HourTotals[]> StatsAsync(string? task = null) => [.. await Store.ReadStatsAsync(new("default", task, Hour(-48), Hour(48)), default)];

    static DateTimeOffset Hour(int offset) => new DateTimeOffset(Noon.Year, Noon.Month, Noon.Day, Noon.Hour, 0, 0, TimeSpan.Zero).AddHours(offset);

    async Task RollUpAsync(DateTimeOffset before)
    {
        for (var tries = 0; await Store.RollUpAsync(before, default) < before; tries++) Assert.True(tries < 100);
    }

    [StoreFact]
    public async Task Executions_are_counted_the_same_before_and_after_they_are_rolled_up()
    {
        await WriteAsync(EndedAt(1, Hour(0).AddMinutes(1)));
        await WriteAsync(EndedAt(2, Hour(0).AddMinutes(59), seconds: 30));
        await WriteAsync(EndedAt(3, Hour(0).AddMinutes(5), ExecutionStatus.Failed));
        await WriteAsync(EndedAt(4, Hour(0).AddMinutes(6), ExecutionStatus.Skipped, seconds: -1) with { Rows = 0 });
        await WriteAsync(EndedAt(5, Hour(1)));
        await WriteAsync(Execution(6, 1));
        var before = await StatsAsync();
        Assert.Equal([(Hour(0), ExecutionStatus.Succeeded, 2L), (Hour(0), ExecutionStatus.Failed, 1), (Hour(0), ExecutionStatus.Skipped, 1), (Hour(1), ExecutionStatus.Succeeded, 1)],
            before.Select(totals => (totals.Hour, totals.Status, totals.Count)));
        Assert.Equal((2, 40_000, 30_000, 10), (before[0].Started, before[0].Duration, before[0].LongestDuration, before[0].Rows));
        Assert.Equal((0, 0, 0), (before[2].Started, before[2].Duration, before[2].LongestLateness));

        await RollUpAsync(Hour(0).AddMinutes(6));
        Assert.Equal(before, await StatsAsync());
        await RollUpAsync(Hour(0).AddMinutes(30));
        Assert.Equal(before, await StatsAsync());
        Assert.Equal(Hour(0).AddMinutes(30), await Store.RollUpAsync(Hour(0), default)); // what is counted stays counted
        await RollUpAsync(Hour(2));
        Assert.Equal(before, await StatsAsync());
        Assert.Equal(before, await StatsAsync(Execution(1, 1).Seed.TaskName));
        Assert.Empty(await StatsAsync("another"));
        Assert.Empty(await Store.ReadStatsAsync(new("another", null, Hour(-1), Hour(3)), default));
        Assert.Equal([before[3]], await Store.ReadStatsAsync(new("default", null, Hour(1), Hour(2)), default));
        await Store.PurgeAsync(Hour(2), 100, default);
        Assert.Equal(before, await StatsAsync()); // they outlive what they count
    }

    [StoreFact]
    public async Task Several_who_roll_up_at_once_count_each_execution_once()
    {
        for (var id = 1; id <= 50; id++) await WriteAsync(EndedAt(id, Hour(0).AddMinutes(id)));
        await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(1, 6).Select(minutes => System.Threading.Tasks.Task.Run(async () =>
        {
            for (var step = 1; step <= 5; step++) await Store.RollUpAsync(Hour(0).AddMinutes(minutes * 2 * step), default);
        })));
        await RollUpAsync(Hour(1));
        Assert.Equal(50, (await StatsAsync()).Sum(totals => totals.Count));
    }

    [StoreFact]
    public async Task Much_history_is_rolled_up_in_portions_and_old_counts_go()
    {
        for (var day = -10; day < 0; day++) await WriteAsync(EndedAt(day + 20, Hour(24 * day)));
        var first = await Store.RollUpAsync(Hour(0), default);
        Assert.InRange(first, Hour(-240), Hour(-200));
        await RollUpAsync(Hour(0));
        Assert.Equal(2, (await StatsAsync()).Length);
        var deleted = 0;
        for (int some; (some = await Store.PurgeStatsAsync(Hour(-24), 4, default)) > 0;) deleted += some;
        Assert.Equal(9, deleted);
        Assert.Single(await StatsAsync());
    }
}
