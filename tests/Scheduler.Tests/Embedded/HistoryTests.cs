using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Storage;
using Scheduler.Tests.Server;
using Xunit;

namespace Scheduler.Tests.Embedded;

public sealed class HistoryTests : IDisposable
{
    readonly TemporaryDirectory directory = new();
    readonly ManualTime time = new(new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero));

    string File => directory.In("scheduler.db");

    public void Dispose() => directory.Dispose();

    Task<Host> StartAsync(Func<NodeLimits, NodeLimits> limits) => Host.StartAsync(File, services => services.AddTaskHandler("work", (context, _) =>
    {
        context.Logger.LogInformation("hello");
        return Task.CompletedTask;
    }), options =>
    {
        options.Time = time;
        // What a node does every few minutes would be done for every few minutes of the months that pass here.
        options.Limits(before => limits(before) with { BeatEvery = TimeSpan.FromHours(12), SweepWindow = TimeSpan.FromHours(12), CalendarsEvery = TimeSpan.FromHours(12), PlacesEvery = TimeSpan.FromHours(12), PurgeEvery = TimeSpan.FromHours(1) });
    });

    async Task<ExecutionView> RunAsync(Host host) => await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);

    static Task CreateAsync(Host host) => host.Client.CreateTaskAsync(new() { Name = "job", Handler = new() { Code = new() { Handler = "work" } } });

    static Task SoAsync(string what, Func<Task<bool>> look) => Eventually.GetAsync(what, async () => await look() ? what : null);

    [Fact]
    public async Task The_months_are_made_ahead_switched_and_dropped_when_they_are_old()
    {
        await using var host = await StartAsync(limits => limits with { Retention = TimeSpan.FromDays(20), Logs = new() { Retention = TimeSpan.FromDays(40) } });
        await using var store = await SchedulerStore.OpenSqliteAsync(File);
        async Task<LogMonth[]> MonthsAsync() => [.. await store.LogMonthsAsync(default)];
        await CreateAsync(host);
        await SoAsync("the months to be made and dropped", async () => (await MonthsAsync()).SequenceEqual([new(202601), new(202602)]));
        var january = await RunAsync(host);
        time.Advance(TimeSpan.FromMinutes(2));
        var february = await RunAsync(host);
        time.Advance(TimeSpan.FromHours(1));
        await SoAsync("the months to be made and dropped", async () => (await MonthsAsync()).SequenceEqual([new(202601), new(202602), new(202603)]));
        foreach (var id in new[] { january.Id, february.Id }) Assert.Equal("hello", Assert.Single((await host.Client.ListLogsAsync(id, new())).Items).Message);
        await SoAsync("the months to be made and dropped", async () =>
        {
            if (time.GetUtcNow() < new DateTimeOffset(2026, 3, 13, 0, 0, 0, TimeSpan.Zero)) time.Advance(TimeSpan.FromHours(4));
            return (await MonthsAsync()).SequenceEqual([new(202602), new(202603), new(202604)]);
        });
    }

    [Fact]
    public async Task Executions_are_counted_before_they_are_purged()
    {
        await using var host = await StartAsync(limits => limits with { Retention = TimeSpan.FromMinutes(1) });
        await CreateAsync(host);
        var ended = await RunAsync(host);
        async Task<long> CountedAsync() => (await host.Client.GetStatsAsync(new() { Task = "job", From = ended.EndedAt, To = ended.EndedAt!.Value.AddHours(1) })).Items.Sum(point => point.Executions.Succeeded);
        Assert.Equal(1, await CountedAsync());
        await SoAsync("the months to be made and dropped", async () =>
        {
            time.Advance(TimeSpan.FromMinutes(10));
            return (await host.Client.ListExecutionsAsync(new())).Items.Count == 0;
        });
        Assert.Equal(1, await CountedAsync());
    }
}
