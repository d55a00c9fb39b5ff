using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>What is remembered of attempts, and what becomes of runs that nobody will hear of.</summary>
public sealed class AttemptTests : IDisposable
{
    readonly TemporaryDirectory temporary = new();

    static TaskDefinition Definition(NodeLossPolicy onNodeLost = NodeLossPolicy.Rerun) => new()
    {
        Name = "job",
        Handler = new() { Code = new() { Handler = "work" } },
        OnNodeLost = onNodeLost,
        Retry = new() { MaxAttempts = 3, Backoff = TimeSpan.Zero },
    };

    [Fact]
    public async Task Each_attempt_is_told_with_its_error_and_the_last_one_s_stack()
    {
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("work", (context, _) => Fail(context.Attempt)));
        await host.Client.CreateTaskAsync(Definition());
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        Assert.Equal([(1, "IOException: disk 1 is full", AttemptOutcome.Failed), (2, "IOException: disk 2 is full", AttemptOutcome.Failed), (3, "IOException: disk 3 is full", AttemptOutcome.Failed)],
            ended.Attempts!.Select(each => (each.Number, each.Error, each.Outcome!.Value)));
        Assert.All(ended.Attempts!, each => Assert.Equal((ended.Node, true), (each.Node, each.StartedAt <= each.EndedAt)));
        Assert.Contains(nameof(Fail), ended.Stack, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(Fail), ended.Error!, StringComparison.Ordinal);
        var listed = (await host.Client.ListExecutionsAsync(new())).Items.Single();
        Assert.Equal((null, null), (listed.Attempts, listed.Stack));
    }

    static Task<object?> Fail(int attempt) => throw new IOException($"disk {attempt} is full");

    [Fact]
    public async Task A_stack_is_bounded_and_one_success_has_one_attempt()
    {
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("work", (context, _) =>
            context.Attempt == 1 ? throw new IOException(new string('x', 100_000)) : Task.FromResult<object?>(null)));
        await host.Client.CreateTaskAsync(Definition() with { Name = "fails", Retry = new() { MaxAttempts = 1 } });
        await host.Client.CreateTaskAsync(Definition());
        var failed = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("fails")).ExecutionId);
        Assert.Equal((2000, 16 * 1024), (failed.Error!.Length, failed.Stack!.Length));
        var mended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        Assert.Equal([AttemptOutcome.Failed, AttemptOutcome.Succeeded], mended.Attempts!.Select(each => each.Outcome!.Value));
        Assert.Equal((null, null), (mended.Error, mended.Stack));
    }

    [Theory]
    [InlineData(NodeLossPolicy.Fail)]
    [InlineData(NodeLossPolicy.Rerun)]
    public async Task A_run_whose_process_is_killed_fails_or_runs_again_as_the_task_says(NodeLossPolicy policy)
    {
        var tokens = new ConcurrentQueue<(int Attempt, long Token)>();
        var started = new TaskCompletionSource();
        void Handlers(IServiceCollection services) => services.AddTaskHandler("work", async (context, stop) =>
        {
            tokens.Enqueue((context.Attempt, context.FencingToken));
            started.TrySetResult();
            if (tokens.Count == 1) await Task.Delay(Timeout.Infinite, stop);
        });
        string id;
        await using (var first = await Host.StartAsync(temporary.In("scheduler.db"), Handlers))
        {
            await first.Client.CreateTaskAsync(Definition(policy));
            id = (await first.Client.TriggerTaskAsync("job")).ExecutionId;
            await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
            // Where a loss must not go unseen, it is durable that the code runs; else it is within a second, and lists tell what is stored.
            if (policy == NodeLossPolicy.Rerun)
                await Eventually.GetAsync("a durable start", async () => (await first.Client.ListExecutionsAsync(new() { Task = "job" })).Items.Single().Status == ExecutionStatus.Running ? "" : null);
            foreach (var file in new[] { "scheduler.db", "scheduler.db-wal" }) File.Copy(temporary.In(file), temporary.In("killed." + file)); // as a kill leaves it
        }
        File.Move(temporary.In("killed.scheduler.db"), temporary.In("second.db"));
        File.Move(temporary.In("killed.scheduler.db-wal"), temporary.In("second.db-wal"));
        await using var second = await Host.StartAsync(temporary.In("second.db"), Handlers);
        var ended = await second.Client.WaitForExecutionAsync(id);
        Assert.Equal(AttemptOutcome.Lost, ended.Attempts![0].Outcome);
        if (policy == NodeLossPolicy.Fail)
        {
            Assert.Equal((ExecutionStatus.Failed, $"its run was lost with node {ended.Node}, which ended or could not reach the database; onNodeLost is fail"), (ended.Status, ended.Error));
            Assert.Single(tokens);
            Assert.Single(ended.Attempts);
        }
        else
        {
            Assert.Equal(ExecutionStatus.Succeeded, ended.Status);
            Assert.Equal([1, 1], tokens.Select(each => each.Attempt));
            Assert.Equal([AttemptOutcome.Lost, AttemptOutcome.Succeeded], ended.Attempts.Select(each => each.Outcome!.Value));
        }
    }

    [Fact]
    public async Task The_slot_of_a_run_that_is_given_up_is_free_while_its_code_still_hangs()
    {
        var time = new ManualTime();
        var (hangs, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await Host.StartAsync(services => services
            .AddTaskHandler("work", async (_, _) =>
            {
                hangs.TrySetResult();
                await release.Task;
            })
            .AddTaskHandler("quick", (_, _) => Task.FromResult<object?>("done")), options =>
        {
            options.Time = time;
            options.Limits(limits => limits with { Slots = 1 });
        });
        await host.Client.CreateTaskAsync(Definition() with { Timeout = TimeSpan.FromMinutes(1) });
        await host.Client.CreateTaskAsync(Definition() with { Name = "next", Handler = new() { Code = new() { Handler = "quick" } } });
        var hanging = (await host.Client.TriggerTaskAsync("job")).ExecutionId;
        await hangs.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var waiting = (await host.Client.TriggerTaskAsync("next")).ExecutionId;
        await Eventually.GetAsync("the end of the hanging one", async () =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return (await host.Client.GetExecutionAsync(hanging)).Status == ExecutionStatus.TimedOut ? "" : null;
        });
        Assert.Equal(ExecutionStatus.Succeeded, (await host.Client.WaitForExecutionAsync(waiting)).Status);
        Assert.False(release.Task.IsCompleted);
        Assert.Equal(new SlotCounts(1, 0), (await host.Client.ListNodesAsync()).Items.Single().Slots);
        release.SetResult();
    }

    public void Dispose() => temporary.Dispose();
}
