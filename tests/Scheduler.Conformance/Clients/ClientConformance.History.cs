using Xunit;

namespace Scheduler.Conformance.Clients;

public abstract partial class ClientConformance
{
    async Task<string> ToldAsync()
    {
        var task = Code("tell");
        await client.CreateTaskAsync(task);
        var id = await TriggerAsync(task);
        await EventuallyAsync(id, ExecutionStatus.Succeeded);
        return id;
    }

    static async Task<List<LogLine>> AllAsync(IAsyncEnumerable<LogLine> lines)
    {
        List<LogLine> all = [];
        await foreach (var line in lines) all.Add(line);
        return all;
    }

    static IEnumerable<string> Messages(IEnumerable<LogLine> lines) => lines.Select(line => line.Message);

    [Fact]
    public async Task Lines_of_an_execution_come_in_order_and_in_pages()
    {
        var id = await ToldAsync();
        var lines = await AllPagesAsync(2, cursor => client.ListLogsAsync(id, new() { Cursor = cursor, Limit = 2 }));
        Assert.Equal(["line 1", "line 2", "line 3", "line 4", "line 5"], Messages(lines));
        Assert.Equal(5, lines.Select(line => line.Id).Distinct().Count());
        Assert.All(lines, line => Assert.Equal((1, null, null), (line.Attempt, line.Database, line.Exception)));
        Assert.Equal([LogLineLevel.Information, LogLineLevel.Warning], lines.Skip(2).Take(2).Select(line => line.Level));
        Assert.Equal(["line 4", "line 5"], Messages((await client.ListLogsAsync(id, new() { Cursor = lines[2].Id })).Items));
    }

    [Fact]
    public async Task Lines_are_filtered()
    {
        var id = await ToldAsync();
        Assert.Equal(["line 4"], Messages((await client.ListLogsAsync(id, new() { Level = LogLineLevel.Warning })).Items));
        Assert.Equal(["line 2"], Messages((await client.ListLogsAsync(id, new() { Search = "e 2" })).Items));
        Assert.Equal(5, (await client.ListLogsAsync(id, new() { Attempt = 1 })).Items.Count);
        foreach (var none in new LogQuery[] { new() { Attempt = 2 }, new() { Search = "LINE" }, new() { Database = "db" }, new() { Table = "t & x" } }) Assert.Empty((await client.ListLogsAsync(id, none)).Items);
    }

    [Fact]
    public async Task A_stream_of_lines_ends_with_the_execution_and_goes_on_where_it_was()
    {
        var id = await ToldAsync();
        var lines = await AllAsync(client.WatchLogsAsync(id));
        Assert.Equal(["line 1", "line 2", "line 3", "line 4", "line 5"], Messages(lines));
        Assert.Equal(["line 4", "line 5"], Messages(await AllAsync(client.WatchLogsAsync(id, after: lines[2].Id))));
        Assert.Equal(["line 4"], Messages(await AllAsync(client.WatchLogsAsync(id, new() { Level = LogLineLevel.Warning }, lines[0].Id))));
        Assert.Empty(await AllAsync(client.WatchLogsAsync(id, after: lines[4].Id)));
    }

    [Fact]
    public async Task A_stream_of_lines_lasts_as_long_as_the_execution()
    {
        var task = Code("hang");
        await client.CreateTaskAsync(task);
        var id = await TriggerAsync(task);
        await EventuallyAsync(id, ExecutionStatus.Running);
        var watching = AllAsync(client.WatchLogsAsync(id));
        await client.CancelExecutionAsync(id);
        await EventuallyAsync(id, ExecutionStatus.Cancelled);
        Assert.Empty(await watching.WaitAsync(Patience));
    }

    [Fact]
    public async Task Lines_that_cannot_be_asked_for_are_refused()
    {
        var id = await ToldAsync();
        var unknown = new string('0', 32);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ListLogsAsync(unknown, new()));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => AllAsync(client.WatchLogsAsync(unknown)));
        foreach (var cursor in new[] { "", "x", "1", "-1", "1-", "99999999999999999999-1", "1-1-1", "+1-1" }) await InvalidAsync("cursor", () => client.ListLogsAsync(id, new() { Cursor = cursor }));
        await InvalidAsync("limit", () => client.ListLogsAsync(id, new() { Limit = 0 }));
        await InvalidAsync("limit", () => client.ListLogsAsync(id, new() { Limit = 1001 }));
        await InvalidAsync("attempt", () => client.ListLogsAsync(id, new() { Attempt = 0 }));
        await InvalidAsync("q", () => client.ListLogsAsync(id, new() { Search = new('x', 1001) }));
        await RefusedAsync(SchedulerErrorKind.Invalid, () => AllAsync(client.WatchLogsAsync(id, after: "x")));
        await InvalidAsync("attempt", () => AllAsync(client.WatchLogsAsync(id, new() { Attempt = -1 })));
    }

    [Fact]
    public async Task Executions_are_counted_by_when_and_how_they_ended()
    {
        var (good, bad) = (Code("echo", "-good"), Code("fail", "-bad") with { Retry = new() { MaxAttempts = 1 } });
        await client.CreateTaskAsync(good);
        await client.CreateTaskAsync(bad);
        for (var i = 0; i < 3; i++) await EventuallyAsync(await TriggerAsync(good), ExecutionStatus.Succeeded);
        var ended = await EventuallyAsync(await TriggerAsync(bad), ExecutionStatus.Failed);

        var hours = await client.GetStatsAsync(new() { Task = good.Name });
        Assert.Equal((StatsBucket.Hour, 24), (hours.Bucket, hours.Items.Count));
        Assert.All(hours.Items.Zip(hours.Items.Skip(1)), pair => Assert.Equal(pair.First.At.AddHours(1), pair.Second.At));
        Assert.Equal((3, 3), (hours.Items.Sum(point => point.Executions.Total), hours.Items.Sum(point => point.Executions.Succeeded)));

        var days = await client.GetStatsAsync(new() { Task = bad.Name, Bucket = StatsBucket.Day, From = ended.EndedAt!.Value.AddDays(-1), To = ended.EndedAt.Value.AddMinutes(1) });
        Assert.Equal((0, 1, 1), (days.Items[0].Executions.Total, days.Items.Sum(point => point.Executions.Failed), days.Items.Sum(point => point.Executions.Total)));
        Assert.InRange(days.Items.Count, 2, 3);
        Assert.True((await client.GetStatsAsync(new())).Items.Sum(point => point.Executions.Total) >= 4);
        Assert.All((await client.GetStatsAsync(new() { Task = Name("-none") })).Items, point => Assert.Equal(default, point.Executions));
    }

    [Fact]
    public async Task Ranges_that_cannot_be_counted_are_refused()
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        await InvalidAsync("from", () => client.GetStatsAsync(new() { From = now, To = now.AddHours(-2) }));
        await InvalidAsync("from", () => client.GetStatsAsync(new() { From = now, To = now }));
        await InvalidAsync("from", () => client.GetStatsAsync(new() { From = now, To = now.AddHours(1001) }));
        Assert.Equal(1000, (await client.GetStatsAsync(new() { From = now, To = now.AddHours(1000) })).Items.Count);
    }
}
