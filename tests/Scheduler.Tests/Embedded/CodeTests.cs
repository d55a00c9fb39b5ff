using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded;

public class CodeTests : OnAnyStore
{
    static TaskDefinition Definition(string handler = "work") => new() { Name = "job", Handler = new() { Code = new() { Handler = handler } } };

    [StoreFact]
    public async Task An_attempt_that_fails_is_followed_by_another_after_its_wait()
    {
        List<(int Attempt, long Token)> attempts = [];
        var time = new ManualTime();
        await using var host = await StartAsync(services => services.AddTaskHandler("work", (context, _) =>
        {
            lock (attempts) attempts.Add((context.Attempt, context.FencingToken));
            return context.Attempt < 3 ? throw new IOException("not yet") : Task.FromResult<object?>(new { done = true });
        }), options => options.Time = time);
        await host.Client.CreateTaskAsync(Definition() with { Retry = new() { MaxAttempts = 3, Backoff = TimeSpan.FromMinutes(1), Multiplier = 2 } });
        var id = (await host.Client.TriggerTaskAsync("job")).ExecutionId;

        foreach (var (attempt, wait) in new[] { (1, 1), (2, 2) })
        {
            await UntilAsync(async () => await host.Client.GetExecutionAsync(id) is { Status: ExecutionStatus.Retrying } execution && execution.Attempt == attempt);
            lock (attempts) Assert.Equal(attempt, attempts.Count);
            time.Advance(TimeSpan.FromMinutes(wait));
        }
        var ended = await host.Client.WaitForExecutionAsync(id);
        Assert.Equal((ExecutionStatus.Succeeded, 3, null), (ended.Status, ended.Attempt, ended.Error));
        Assert.True(ended.Result!.Value.GetProperty("done").GetBoolean());
        Assert.Equal([1, 2, 3], attempts.Select(each => each.Attempt));
        Assert.Equal(3, attempts.Select(each => each.Token).Distinct().Count());
    }

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

    [StoreTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_execution_that_takes_too_long_is_stopped_whether_it_heeds_that_or_not(bool heeds)
    {
        var time = new ManualTime();
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var host = await StartAsync(services => services.AddTaskHandler("work", (_, cancellationToken) =>
        {
            started.TrySetResult();
            return heeds ? Task.Delay(Timeout.Infinite, cancellationToken) : release.Task;
        }), options => options.Time = time);
        await host.Client.CreateTaskAsync(Definition() with { Timeout = TimeSpan.FromMinutes(5) });
        var id = (await host.Client.TriggerTaskAsync("job")).ExecutionId;
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await UntilAsync(async () => (await host.Client.GetExecutionAsync(id)).Status == ExecutionStatus.Running, time);
        time.Advance(TimeSpan.FromMinutes(5));
        if (!heeds)
        {
            await Task.Yield();
            await UntilAsync(async () => (await host.Client.GetExecutionAsync(id)).EndedAt is not null, time); // the grace passes
        }
        var ended = await host.Client.WaitForExecutionAsync(id);
        Assert.Equal(ExecutionStatus.TimedOut, ended.Status);
        Assert.Equal("expected to end within 00:05:00, did not", ended.Error);
        release.TrySetResult();
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
        await using (var first = await StartAsync(Handlers, options => options.Limits(limits => limits with { StopPatience = TimeSpan.FromSeconds(2) })))
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

    /// <summary>Looks until it is so. A clock that is given moves a little with every look, as real ones do.</summary>
    static async Task UntilAsync(Func<Task<bool>> isSo, ManualTime? time = null)
    {
        for (var began = Environment.TickCount64; !await isSo(); await Task.Delay(10))
        {
            if (Environment.TickCount64 - began > 20_000) throw new TimeoutException();
            time?.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
