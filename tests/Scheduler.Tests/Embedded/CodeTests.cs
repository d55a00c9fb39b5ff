using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded;

public class CodeTests : OnAnyStore
{
    static TaskDefinition Definition(string handler = "work") => new() { Name = "job", Handler = new() { Code = new() { Handler = handler } } };

    [StoreFact]
    public async Task The_last_attempt_s_error_is_kept()
    {
        await using var host = await StartAsync(services => services.AddTaskHandler("work", (_, _) => Task.FromException(new IOException("the disk is full"))));
        await host.Client.CreateTaskAsync(Definition() with { Retry = new() { MaxAttempts = 2, Backoff = TimeSpan.Zero } });
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        Assert.Equal((ExecutionStatus.Failed, 2, "IOException: the disk is full"), (ended.Status, ended.Attempt, ended.Error));
    }

    [StoreFact]
    public async Task A_failure_that_no_retry_mends_has_one_attempt()
    {
        await using var host = await StartAsync(services => services.AddTaskHandler("work", (_, _) => Task.FromException(new NonRetryableException("no such customer"))));
        await host.Client.CreateTaskAsync(Definition());
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        Assert.Equal((ExecutionStatus.Failed, 1, "no such customer"), (ended.Status, ended.Attempt, ended.Error));
    }

    [StoreFact]
    public async Task A_cancelled_execution_is_cancelled_when_its_handler_has_stopped()
    {
        var started = new TaskCompletionSource();
        var stopped = false;
        await using var host = await StartAsync(services => services.AddTaskHandler("work", async (_, cancellationToken) =>
        {
            started.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                Volatile.Write(ref stopped, true);
            }
        }));
        await host.Client.CreateTaskAsync(Definition());
        var id = (await host.Client.TriggerTaskAsync("job")).ExecutionId;
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.Client.CancelExecutionAsync(id);
        var ended = await host.Client.WaitForExecutionAsync(id);
        Assert.Equal((ExecutionStatus.Cancelled, "it was cancelled on request"), (ended.Status, ended.Error));
        Assert.True(Volatile.Read(ref stopped));
    }

    [StoreFact]
    public async Task A_result_that_is_too_large_fails_the_execution_and_says_so()
    {
        await using var host = await StartAsync(services => services.AddTaskHandler("work", (_, _) => Task.FromResult<object?>(new string('x', 70_000))));
        await host.Client.CreateTaskAsync(Definition());
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        Assert.Equal((ExecutionStatus.Failed, 1, "expected a result of at most 65536 bytes of JSON, got 70002; the work itself was done"), (ended.Status, ended.Attempt, ended.Error));
    }

    [StoreFact]
    public async Task Handlers_get_a_scope_of_their_own_and_what_the_execution_is()
    {
        await using var host = await StartAsync(services => services.AddScoped<Scoped>().AddTaskHandler<Reporting>("work"));
        await host.Client.CreateTaskAsync(Definition() with { Parameters = JsonSerializer.SerializeToElement(new { of = "task" }) });
        var one = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        var two = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job", new() { Parameters = JsonSerializer.SerializeToElement(new { of = "trigger" }), By = "ann" })).ExecutionId);
        Assert.Equal("task", one.Result!.Value.GetProperty("of").GetString());
        Assert.Equal("trigger", two.Result!.Value.GetProperty("of").GetString());
        Assert.NotEqual(one.Result!.Value.GetProperty("scope").GetString(), two.Result!.Value.GetProperty("scope").GetString());
        Assert.Equal((one.Id, two.Id), (one.Result!.Value.GetProperty("execution").GetString(), two.Result!.Value.GetProperty("execution").GetString()));
        Assert.Equal("ann", two.Trigger.By);
    }

    sealed class Scoped
    {
        public string Id { get; } = Guid.NewGuid().ToString();
    }

    sealed class Reporting(Scoped scoped) : ITaskHandler
    {
        public Task<object?> ExecuteAsync(TaskContext context, CancellationToken cancellationToken) => Task.FromResult<object?>(
            new { of = context.Parameters?.GetProperty("of").GetString(), scope = scoped.Id, execution = context.ExecutionId });
    }

    [StoreFact]
    public async Task An_execution_that_was_cut_off_runs_again_under_a_new_token()
    {
        List<(int Attempt, long Token)> runs = [];
        var started = new TaskCompletionSource();
        void Handlers(IServiceCollection services) => services.AddTaskHandler("work", async (context, cancellationToken) =>
        {
            int count;
            lock (runs)
            {
                runs.Add((context.Attempt, context.FencingToken));
                count = runs.Count;
            }
            started.TrySetResult();
            if (count == 1) await Task.Delay(Timeout.Infinite, cancellationToken);
        });
        string id;
        await using (var first = await StartAsync(Handlers))
        {
            await first.Client.CreateTaskAsync(Definition());
            id = (await first.Client.TriggerTaskAsync("job")).ExecutionId;
            await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
        await using var second = await StartAsync(Handlers);
        Assert.Equal(ExecutionStatus.Succeeded, (await second.Client.WaitForExecutionAsync(id)).Status);
        Assert.Equal(2, runs.Count);
        Assert.Equal([1, 1], runs.Select(run => run.Attempt)); // a stop is no failure
        Assert.True(runs[1].Token > runs[0].Token);
    }
}
