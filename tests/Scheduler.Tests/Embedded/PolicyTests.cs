using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>Who may run when: limits, pauses, drains, deletions, and what is said of them.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    readonly ManualTime time = new();
    readonly ConcurrentDictionary<string, TaskCompletionSource> running = new();
    readonly List<string> begun = [];
    readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int now, most;
    Host host = null!;

    ISchedulerClient Client => host.Client;

    public async Task InitializeAsync() => host = await Host.StartAsync(services => services.AddTaskHandler("work", async (context, stop) =>
    {
        var release = running.GetOrAdd(context.ExecutionId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (begun)
        {
            begun.Add(context.Task);
            most = Math.Max(most, ++now);
        }
        try
        {
            await Task.WhenAny(release.Task, over.Task).WaitAsync(stop);
        }
        finally
        {
            lock (begun) now--;
        }
    }), options =>
    {
        options.Time = time;
        options.Limits(limits => limits with { Slots = 3 });
    });

    public async Task DisposeAsync()
    {
        // A clock that is moved by hand would never give up what a failed test left running.
        over.TrySetResult();
        await host.DisposeAsync();
    }

    static TaskDefinition Definition(string name = "job", OverlapPolicy overlap = OverlapPolicy.Allow, ConcurrencyDefinition? concurrency = null) =>
        new() { Name = name, Handler = new() { Code = new() { Handler = "work" } }, Overlap = overlap, Concurrency = concurrency };

    async Task<string> TriggerAsync(string name = "job", string? key = null) => (await Client.TriggerTaskAsync(name, new() { ConcurrencyKey = key })).ExecutionId;

    Task RunsAsync(string execution) => Eventually.TrueAsync("a run", () => running.ContainsKey(execution));

    async Task EndAsync(string execution)
    {
        await RunsAsync(execution);
        running[execution].TrySetResult();
        Assert.Equal(ExecutionStatus.Succeeded, (await Client.WaitForExecutionAsync(execution)).Status);
    }

    async Task<WhyReason> WhyAsync(string execution, WhyCode code) => await Eventually.GetAsync($"the reason {code}", async () =>
        (await Client.WhyExecutionAsync(execution)) is { Runnable: false } why ? why.Reasons.FirstOrDefault(each => each.Code == code) : null);

    [Fact]
    public async Task As_many_executions_of_a_task_run_at_once_as_it_says()
    {
        await Client.CreateTaskAsync(Definition(concurrency: new() { PerTask = 2 }));
        string[] ids = [await TriggerAsync(), await TriggerAsync(), await TriggerAsync(), await TriggerAsync()];
        await RunsAsync(ids[1]);
        Assert.Equal("2 of 2 executions of the task run at once: it waits for its turn, it is next", (await WhyAsync(ids[2], WhyCode.TaskLimit)).Message);
        Assert.Equal("2 of 2 executions of the task run at once: it waits for its turn, 1 wait before it", (await WhyAsync(ids[3], WhyCode.TaskLimit)).Message);
        Assert.Equal(WhyCode.TaskLimit, (await Client.WhyTaskAsync("job")).Reasons[0].Code);
        foreach (var id in ids) await EndAsync(id);
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task Tasks_that_share_a_key_share_its_limit()
    {
        await Client.CreateTaskAsync(Definition("one", concurrency: new() { Key = "shop", Limit = 1 }));
        await Client.CreateTaskAsync(Definition("two", concurrency: new() { Key = "shop", Limit = 1 }));
        var (first, second, other) = (await TriggerAsync("one"), await TriggerAsync("two"), await TriggerAsync("two", "another"));
        await RunsAsync(first);
        await RunsAsync(other);
        Assert.Equal($"1 of 1 executions with key \"shop\" run at once ({first}); it has place 1 of 1 in the tenant's line", (await WhyAsync(second, WhyCode.KeyLimit)).Message);
        Assert.Equal(ExecutionStatus.Waiting, (await Client.GetExecutionAsync(second)).Status);
        Assert.Equal("another", (await Client.GetExecutionAsync(other)).ConcurrencyKey);
        await EndAsync(first);
        await EndAsync(second);
        await EndAsync(other);
        // It hears of an end a moment after everybody else.
        await Eventually.GetAsync("a tenant in which nothing runs or waits", async () => await Client.GetTenantAsync("default") is { Running: 0, Waiting: 0 } tenant ? tenant : null);
    }

    [Fact]
    public async Task Who_is_cancelled_in_line_lets_the_next_one_pass()
    {
        await Client.CreateTaskAsync(Definition(concurrency: new() { Key = "shop", Limit = 1 }));
        var (first, second, third) = (await TriggerAsync(), await TriggerAsync(), await TriggerAsync());
        await WhyAsync(third, WhyCode.KeyLimit);
        Assert.Equal(ExecutionStatus.Cancelled, (await Client.CancelExecutionAsync(second)).Status);
        await EndAsync(first);
        await EndAsync(third);
        Assert.False(running.ContainsKey(second));
    }

    [Fact]
    public async Task A_tenant_s_limit_holds_over_all_its_tasks()
    {
        await Client.ChangeTenantAsync("default", new() { Limit = 1 });
        await Client.CreateTaskAsync(Definition("one"));
        await Client.CreateTaskAsync(Definition("two"));
        var (first, second) = (await TriggerAsync("one"), await TriggerAsync("two"));
        await RunsAsync(first);
        Assert.StartsWith("1 of 1 executions of tenant \"default\" run at once", (await WhyAsync(second, WhyCode.TenantLimit)).Message, StringComparison.Ordinal);
        await EndAsync(first);
        await EndAsync(second);
        Assert.Equal(1, most);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_tenant_or_everything_is_paused_nothing_begins_and_what_was_due_is_dropped(bool everything)
    {
        await Client.CreateTaskAsync(Definition() with { Schedule = new() { Every = TimeSpan.FromMinutes(10) } });
        await Client.CreateTaskAsync(Definition("byHand"));
        var open = await TriggerAsync("byHand");
        await RunsAsync(open);
        var since = everything ? (await Client.PauseEverythingAsync()).PausedAt : (await Client.PauseTenantAsync("default")).PausedAt;
        var expected = $"{(everything ? "everything" : "tenant \"default\"")} is paused since {since!.Value.AddTicks(-(since.Value.UtcTicks % TimeSpan.TicksPerMillisecond)):O}: nothing begins until it is resumed";
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => TriggerAsync("byHand"));
        Assert.Equal((SchedulerErrorKind.Conflict, expected), (refused.Kind, refused.Message));
        var why = await Client.WhyTaskAsync("job");
        Assert.Equal((false, everything ? WhyCode.EverythingPaused : WhyCode.TenantPaused, expected), (why.Runnable, why.Reasons[0].Code, why.Reasons[0].Message));

        var before = (await Client.GetTaskAsync("job")).NextAt;
        time.Advance(TimeSpan.FromMinutes(25));
        await Eventually.GetAsync("occurrences to be dropped", async () => (await Client.GetTaskAsync("job")).NextAt > before!.Value.AddMinutes(15) ? "" : null);
        Assert.Equal(0, (await Client.GetTaskAsync("job")).ExecutionCount);
        await EndAsync(open); // what is open goes on

        if (everything) Assert.Null((await Client.ResumeEverythingAsync()).PausedAt);
        else Assert.Null((await Client.ResumeTenantAsync("default")).PausedAt);
        time.Advance(TimeSpan.FromMinutes(10));
        var next = await Eventually.GetAsync("the next occurrence", () => Task.FromResult(running.Keys.SingleOrDefault(each => each != open)));
        await EndAsync(next);
        Assert.Equal(1, (await Client.GetTaskAsync("job")).ExecutionCount);
    }

    [Fact]
    public async Task A_drained_node_ends_what_it_runs_and_begins_nothing_until_it_is_undrained()
    {
        await Client.CreateTaskAsync(Definition());
        var first = await TriggerAsync();
        await RunsAsync(first);
        var id = (await Client.ListNodesAsync()).Items.Single().Id;
        Assert.Equal(NodeStatus.Draining, (await Client.DrainNodeAsync(id)).Status);
        var second = await TriggerAsync();
        Assert.Equal($"somebody drains node {id}: it begins nothing more until it is undrained; what waits for a slot of it waits", (await WhyAsync(second, WhyCode.NodeDraining)).Message);
        await EndAsync(first);
        await Eventually.GetAsync("a drained node", async () => (await Client.ListNodesAsync()).Items.Single().Status == NodeStatus.Drained ? "" : null);
        Assert.False(running.ContainsKey(second));
        Assert.Equal(NodeStatus.Live, (await Client.UndrainNodeAsync(id)).Status);
        await EndAsync(second);
    }

    [Fact]
    public async Task A_deletion_that_waits_lets_what_runs_end_and_cancels_what_is_in_line()
    {
        await Client.CreateTaskAsync(Definition(overlap: OverlapPolicy.Queue));
        var (first, second) = (await TriggerAsync(), await TriggerAsync());
        await RunsAsync(first);
        Assert.Equal($"it waits for its turn: execution {first} is open, it is next", (await WhyAsync(second, WhyCode.PreviousOpen)).Message);
        await Client.DeleteTaskAsync("job", DeleteMode.Wait);
        var cancelled = await Client.WaitForExecutionAsync(second);
        Assert.Equal((ExecutionStatus.Cancelled, "its task was deleted before its turn came"), (cancelled.Status, cancelled.Error));
        await EndAsync(first);
    }

    [Fact]
    public async Task Priorities_are_served_first_when_slots_are_few()
    {
        await Client.CreateTaskAsync(Definition("filler"));
        await Client.CreateTaskAsync(Definition("low") with { Priority = 1 });
        await Client.CreateTaskAsync(Definition("high") with { Priority = 10 });
        string[] filling = [await TriggerAsync("filler"), await TriggerAsync("filler"), await TriggerAsync("filler")];
        foreach (var id in filling) await RunsAsync(id);
        var low = await TriggerAsync("low");
        await WhyAsync(low, WhyCode.WaitingForSlot);
        var high = await TriggerAsync("high");
        await WhyAsync(high, WhyCode.WaitingForSlot);
        Assert.Equal("all 3 run slots of node ", (await WhyAsync(low, WhyCode.WaitingForSlot)).Message[..24]);
        await Eventually.GetAsync("the other one in line before it", async () =>
            (await WhyAsync(low, WhyCode.WaitingForSlot)).Message.EndsWith("in use, and 2 runs wait for one, 1 of them with a higher priority than 1", StringComparison.Ordinal) ? "" : null);
        await EndAsync(filling[0]);
        await RunsAsync(high);
        Assert.False(running.ContainsKey(low));
        foreach (var id in new[] { filling[1], filling[2], high, low }) await EndAsync(id);
        Assert.Equal(["filler", "filler", "filler", "high", "low"], begun);
    }
}
