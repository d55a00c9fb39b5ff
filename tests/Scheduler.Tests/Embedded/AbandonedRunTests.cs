using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>Code that heeds no cancellation.</summary>
public sealed class AbandonedRunTests
{
    [Fact]
    public async Task Its_slot_is_free_for_others_and_of_too_many_the_further_ones_keep_theirs()
    {
        var (time, code) = (new ManualTime(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Func<TaskContext, CancellationToken, Task> deaf = (_, _) => code.Task, quick = (_, _) => Task.CompletedTask;
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("deaf", deaf).AddTaskHandler("quick", quick), options =>
        {
            options.Time = time;
            options.Limits(limits => limits with { Slots = 3, AbandonedRuns = 2 });
        });
        var client = host.Client;
        await client.CreateTaskAsync(new() { Name = "deaf", Overlap = OverlapPolicy.Allow, Handler = new() { Code = new() { Handler = "deaf" } } });
        await client.CreateTaskAsync(new() { Name = "quick", Handler = new() { Code = new() { Handler = "quick" } } });
        string[] executions = [.. (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => client.TriggerTaskAsync("deaf")))).Select(each => each.ExecutionId)];
        await UsedAsync(3);

        foreach (var execution in executions) await client.CancelExecutionAsync(execution);
        time.Advance(TimeSpan.FromSeconds(11)); // longer than a run may take to stop
        foreach (var execution in executions) await Eventually.GetAsync("the end", async () => (await client.GetExecutionAsync(execution)).Status == ExecutionStatus.Cancelled ? execution : null);

        await UsedAsync(1);
        Assert.Equal(ExecutionStatus.Succeeded, (await client.WaitForExecutionAsync((await client.TriggerTaskAsync("quick")).ExecutionId)).Status);
        code.SetResult();
        await UsedAsync(0);

        Task UsedAsync(int slots) => Eventually.GetAsync($"{slots} slots in use", async () => (await client.ListNodesAsync()).Items[0].Slots.Used == slots ? "so" : null);
    }
}
