using Scheduler.Conformance.Servers;
using Xunit;

namespace Scheduler.Conformance.Clients;

partial class ClientConformance
{
    /// <summary>A field, and a change to a definition that makes it wrong.</summary>
    static readonly (string Field, Func<TaskDefinition, TaskDefinition> Change)[] WrongForCode =
    [
        ("name", task => task with { Name = "" }),
        ("name", task => task with { Name = "-begins-with-a-hyphen" }),
        ("name", task => task with { Name = "has/slash" }),
        ("name", task => task with { Name = new('x', 128) }),
        ("description", task => task with { Description = new('x', 1001) }),
        ("schedule", task => task with { Schedule = new() }),
        ("schedule", task => task with { Schedule = new() { Cron = "0 0 2 * * ?", Every = TimeSpan.FromHours(1) } }),
        ("schedule.cron", task => task with { Schedule = new() { Cron = "0 0 2 * *  ? ? ? ?" } }),
        ("schedule.timeZone", task => task with { Schedule = new() { Cron = "0 0 2 * * ?", TimeZone = "Asia/Shanghia" } }),
        ("schedule.every", task => task with { Schedule = new() { Every = TimeSpan.Zero } }),
        ("schedule.at", task => task with { Schedule = new() { At = DateTimeOffset.MaxValue, Jitter = TimeSpan.FromHours(1) } }),
        ("schedule.endAt", task => task with { Schedule = new() { Cron = "0 0 2 * * ?", EndAt = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) } }),
        ("handler", task => task with { Handler = new() }),
        ("handler", task => task with { Handler = new() { Code = new() { Handler = "echo" }, Polling = new() { Handler = "numbers", Shards = new() { Databases = "d", Tables = "t" } } } }),
        ("handler.code.handler", task => task with { Handler = new() { Code = new() { Handler = "ecko" } } }),
        ("handler.code.handler", task => task with { Handler = new() { Code = new() { Handler = "numbers" } } }),
        ("timeout", task => task with { Timeout = TimeSpan.Zero }),
        ("timeout", task => task with { Timeout = TimeSpan.FromDays(3_000_000) }),
        ("retry.maxAttempts", task => task with { Retry = new() { MaxAttempts = 0 } }),
        ("priority", task => task with { Priority = 11 }),
        ("parameters", task => task with { Parameters = Json($"\"{new string('x', 64 * 1024)}\"") }),
    ];

    static readonly (string Field, Func<PollingDefinition, PollingDefinition> Change)[] WrongForPolling =
    [
        ("handler.polling.handler", polling => polling with { Handler = "nombers" }),
        ("handler.polling.shards", polling => polling with { Shards = new() }),
        ("handler.polling.pageSize", polling => polling with { PageSize = 0 }),
        ("handler.polling.threadCount", polling => polling with { ThreadCount = 65 }),
        ("handler.polling.batchSize", polling => polling with { PageSize = 10, BatchSize = 11 }),
        ("handler.polling.deadLetter.afterAttempts", polling => polling with { DeadLetter = new() { AfterAttempts = 0 } }),
        ("handler.polling.deadLetter.afterAttempts", polling => polling with { DeadLetter = new() { AfterAttempts = 101 } }),
        ("handler.polling.limits", polling => polling with { Limits = new() }),
        ("handler.polling.limits.perDatabase", polling => polling with { Limits = new() { PerDatabase = 0 } }),
        ("handler.polling.limits.rowsPerSecond", polling => polling with { Limits = new() { RowsPerSecond = 0 } }),
    ];

    [StoreFact]
    public async Task An_invalid_definition_is_refused_by_field()
    {
        foreach (var (field, change) in WrongForCode) await InvalidAsync(field, () => client.CreateTaskAsync(change(Code("echo"))));
        foreach (var (field, change) in WrongForPolling) await InvalidAsync(field, () => client.CreateTaskAsync(With(Polling(), change(Polling().Handler.Polling!))));
        await InvalidAsync("overlap", () => client.CreateTaskAsync(Polling() with { Overlap = OverlapPolicy.Allow }));
        Assert.Empty((await client.ListTasksAsync(new() { Search = Name() })).Items);
    }

    [StoreFact]
    public async Task Instants_at_the_ends_of_the_calendar_are_refused()
    {
        await client.CreateTaskAsync(Code("echo") with { Schedule = new() { Cron = "0 0 2 * * ?", TimeZone = "Pacific/Apia" } });
        ScheduleDefinition nightly = new() { Cron = "0 0 2 * * ?", TimeZone = "Pacific/Apia" };
        foreach (var end in new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue.AddHours(-1) })
        {
            await InvalidAsync("from", () => client.NextOccurrencesAsync(Name(), 1, end));
            await InvalidAsync("from", () => client.PreviewScheduleAsync(new() { Schedule = nightly, From = end }));
            await InvalidAsync("createdAt", () => client.PreviewScheduleAsync(new() { Schedule = nightly, CreatedAt = end }));
            await InvalidAsync("from", () => client.GetStatsAsync(new() { From = end, Bucket = StatsBucket.Day }));
            await InvalidAsync("to", () => client.GetStatsAsync(new() { To = end, Bucket = StatsBucket.Day }));
        }
    }

    [StoreFact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var refusal = await RefusedAsync(SchedulerErrorKind.Invalid, () => client.CreateTaskAsync(Code("ecko") with { Priority = 0, Timeout = TimeSpan.FromSeconds(-1) }));
        Assert.Equal(["handler.code.handler", "priority", "timeout"], refusal.Errors.Select(error => error.Field).Order());
        Assert.Contains("Did you mean \"echo\"?", refusal.Message);
    }

    [StoreFact]
    public async Task An_invalid_update_changes_nothing()
    {
        var created = await client.CreateTaskAsync(Code("echo"));
        await InvalidAsync("priority", () => client.UpdateTaskAsync(Name(), Code("echo") with { Priority = 0 }));
        Same(created, await client.GetTaskAsync(Name()));
    }

    [StoreTheory]
    [InlineData("")]
    [InlineData("-unknown")]
    [InlineData("/a b?c=%2F#ü")]
    public async Task What_does_not_exist_is_not_found(string suffix)
    {
        var name = Name(suffix);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.UpdateTaskAsync(name, Code("echo")));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DeleteTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.PauseTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ResumeTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.TriggerTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.NextOccurrencesAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetProgressAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ListShardsAsync(name, new()));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetExecutionAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.CancelExecutionAsync(name));
    }

    [StoreTheory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_that_no_task_can_have_is_not_found(string name)
    {
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DeleteTaskAsync(name));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetExecutionAsync(name));
    }

    [StoreTheory]
    [InlineData(0)]
    [InlineData(1001)]
    public async Task A_limit_is_kept(int limit)
    {
        await client.CreateTaskAsync(Polling());
        await InvalidAsync("limit", () => client.ListTasksAsync(new() { Limit = limit }));
        await InvalidAsync("limit", () => client.ListExecutionsAsync(new() { Limit = limit }));
        await InvalidAsync("limit", () => client.ListShardsAsync(Name(), new() { Limit = limit }));
        await InvalidAsync("count", () => client.NextOccurrencesAsync(Name(), limit));
    }

    [StoreFact]
    public async Task A_cursor_that_no_page_gave_is_refused()
    {
        await client.CreateTaskAsync(Polling());
        await InvalidAsync("cursor", () => client.ListTasksAsync(new() { Cursor = "nonsense!" }));
        await InvalidAsync("cursor", () => client.ListExecutionsAsync(new() { Cursor = "nonsense!" }));
        await InvalidAsync("cursor", () => client.ListShardsAsync(Name(), new() { Cursor = "nonsense!" }));
    }

    [StoreFact]
    public async Task What_a_trigger_brings_is_bounded()
    {
        await client.CreateTaskAsync(Code("echo"));
        await InvalidAsync("by", () => TriggerAsync(Code("echo"), new() { By = new('x', 128) }));
        await InvalidAsync("parameters", () => TriggerAsync(Code("echo"), new() { Parameters = Json($"\"{new string('x', 64 * 1024)}\"") }));
        await RefusedAsync(SchedulerErrorKind.Invalid, () => TriggerAsync(Code("echo"), new() { IdempotencyKey = "" }));
        await RefusedAsync(SchedulerErrorKind.Invalid, () => TriggerAsync(Code("echo"), new() { IdempotencyKey = new('x', 256) }));
        Assert.Equal(0, (await client.GetTaskAsync(Name())).ExecutionCount);
    }

    [StoreFact]
    public async Task A_cancelled_wait_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.ListTasksAsync(new(), cancelled.Token));
    }
}
