using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Tests.Embedded;

/// <summary>Code that is fired ahead of its instant, in a whole scheduler, on a clock that the test moves.</summary>
public sealed class FireAheadTests
{
    static readonly DateTimeOffset Start = new(2026, 3, 4, 22, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Early = TimeSpan.FromMilliseconds(10);

    readonly ManualTime time = new(Start);
    readonly ConcurrentQueue<DateTimeOffset> begins = [];

    Task<Host> StartAsync() => Host.StartAsync(services => services.AddTaskHandler("work", (_, _) =>
    {
        begins.Enqueue(time.GetUtcNow());
        return Task.CompletedTask;
    }), options =>
    {
        options.Time = time;
        options.Limits(limits => limits with { Tasks = limits.Tasks with { FireAhead = Early } });
    });

    /// <summary>One whose loss must be seen is written before it begins, and can be looked at.</summary>
    static TaskDefinition Definition(NodeLossPolicy onNodeLost = NodeLossPolicy.Fail) =>
        new() { Name = "job", Schedule = new() { Every = TimeSpan.FromMinutes(1) }, Handler = new() { Code = new() { Handler = "work" } }, OnNodeLost = onNodeLost };

    static Task<ExecutionView> OpenAsync(Host host) => Server.Eventually.GetAsync("an execution", async () => (await host.Client.ListExecutionsAsync(new() { Task = "job" })).Items.FirstOrDefault());

    [Fact]
    public async Task It_is_there_before_its_instant_and_begins_at_it()
    {
        await using var host = await StartAsync();
        await host.Client.CreateTaskAsync(Definition());
        time.Advance(TimeSpan.FromMinutes(1) - Early);
        var open = await OpenAsync(host);
        Assert.Equal((ExecutionStatus.Waiting, Start.AddMinutes(1)), (open.Status, open.ScheduledAt));
        Assert.Contains((await host.Client.WhyExecutionAsync(open.Id)).Reasons, reason => reason.Code == WhyCode.NotDue);
        time.Advance(Early - TimeSpan.FromMilliseconds(1));
        Assert.Empty(begins);
        time.Advance(TimeSpan.FromMilliseconds(1));
        var ended = await host.Client.WaitForExecutionAsync(open.Id, TimeSpan.FromSeconds(20));
        Assert.Equal([Start.AddMinutes(1)], begins);
        Assert.Equal((ExecutionStatus.Succeeded, Start.AddMinutes(1)), (ended.Status, ended.StartedAt));
        Assert.Equal(Start.AddMinutes(2), (await host.Client.GetTaskAsync("job")).NextAt);
    }

    [Theory]
    [InlineData(NodeLossPolicy.Fail)]
    [InlineData(NodeLossPolicy.Rerun)]
    public async Task What_a_pause_takes_back_never_begins(NodeLossPolicy onNodeLost)
    {
        await using var host = await StartAsync();
        await host.Client.CreateTaskAsync(Definition(onNodeLost));
        time.Advance(TimeSpan.FromMinutes(1) - Early);
        await Server.Eventually.GetAsync("a decision", async () => await host.Client.GetTaskAsync("job") is { ExecutionCount: 1 } decided ? decided : null);
        await host.Client.PauseTaskAsync("job");
        time.Advance(TimeSpan.FromMinutes(5)); // at once: the execution may not have heard yet
        var ended = await host.Client.WaitForExecutionAsync((await OpenAsync(host)).Id, TimeSpan.FromSeconds(20));
        Assert.Equal((ExecutionStatus.Cancelled, "its task was paused before its instant came"), (ended.Status, ended.Error));
        Assert.Empty(begins);
    }
}
