using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Tests.Embedded;

/// <summary>What attempts wait for, by a clock that is moved by hand: on a file, since a server's clock cannot be.</summary>
public sealed class AttemptTimeTests
{
    static TaskDefinition Definition(string handler = "work") => new() { Name = "job", Handler = new() { Code = new() { Handler = handler } } };

    [Fact]
    public async Task An_attempt_that_fails_is_followed_by_another_after_its_wait()
    {
        List<(int Attempt, long Token)> attempts = [];
        var time = new ManualTime();
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("work", (context, _) =>
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_execution_that_takes_too_long_is_stopped_whether_it_heeds_that_or_not(bool heeds)
    {
        var time = new ManualTime();
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("work", (_, cancellationToken) =>
        {
            started.TrySetResult();
            return heeds ? Task.Delay(Timeout.Infinite, cancellationToken) : release.Task;
        }), options => options.Time = time);
        await host.Client.CreateTaskAsync(Definition() with { Timeout = TimeSpan.FromHours(1) });
        var id = (await host.Client.TriggerTaskAsync("job")).ExecutionId;
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await UntilAsync(async () => (await host.Client.GetExecutionAsync(id)).Status == ExecutionStatus.Running, time);
        time.Advance(TimeSpan.FromHours(1)); // far more than the looks took
        if (!heeds)
        {
            await Task.Yield();
            await UntilAsync(async () => (await host.Client.GetExecutionAsync(id)).EndedAt is not null, time); // the grace passes
        }
        var ended = await host.Client.WaitForExecutionAsync(id);
        Assert.Equal(ExecutionStatus.TimedOut, ended.Status);
        Assert.Equal("expected to end within 01:00:00, did not", ended.Error);
        release.TrySetResult();
    }

    [Fact]
    public async Task A_process_ends_though_its_code_hangs_and_nobody_moves_the_clock()
    {
        var (began, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var host = await Host.StartAsync(services => services.AddTaskHandler("work", async (_, _) =>
        {
            began.SetResult();
            await release.Task;
        }), options => (options.Time, _) = (new ManualTime(), options.Limits(limits => limits with { StopPatience = TimeSpan.FromMilliseconds(100) })));
        await host.Client.CreateTaskAsync(Definition());
        await host.Client.TriggerTaskAsync("job");
        await began.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(release.Task.IsCompleted);
        release.SetResult();
    }

    [Fact]
    public async Task A_clock_that_is_moved_by_hand_costs_few_beats()
    {
        var time = new ManualTime();
        await using var host = await Host.StartAsync(_ => { }, options => options.Time = time);
        var before = await BeatAsync();
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(before, await BeatAsync());
        time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(async () => await BeatAsync() > before);

        async Task<DateTimeOffset> BeatAsync() => (await host.Client.ListNodesAsync()).Items.Single().LastSeenAt;
    }

    /// <summary>Looks until it is so. A clock that is given moves a little with every look, as real ones do.</summary>
    static async Task UntilAsync(Func<Task<bool>> isSo, ManualTime? time = null)
    {
        for (var began = Environment.TickCount64; !await isSo(); await Task.Delay(10))
        {
            if (Environment.TickCount64 - began > 90_000) throw new TimeoutException();
            time?.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
