using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Tests.Embedded;

/// <summary>What happens when, on a clock that the test moves.</summary>
public sealed class TimeTests
{
    static readonly DateTimeOffset Start = new(2026, 3, 28, 22, 0, 0, TimeSpan.Zero); // the night in which Berlin loses an hour

    static Task<Host> StartAsync(ManualTime time, Func<TaskContext, CancellationToken, Task>? work = null) =>
        Host.StartAsync(services => services.AddTaskHandler("work", work ?? ((_, _) => Task.CompletedTask)), options => options.Time = time);

    static TaskDefinition Definition(ScheduleDefinition schedule, OverlapPolicy overlap = OverlapPolicy.Skip) =>
        new() { Name = "job", Schedule = schedule, Handler = new() { Code = new() { Handler = "work" } }, Overlap = overlap };

    [Fact]
    public async Task A_night_job_runs_each_night_also_in_the_one_that_lacks_its_hour()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        await host.Client.CreateTaskAsync(Definition(new() { Cron = "0 30 2 * * ?", TimeZone = "Europe/Berlin" }));

        var expected = await host.Client.NextOccurrencesAsync("job", 3);
        for (var i = 0; i < 3; i++)
        {
            time.AdvanceTo(expected[i]);
            var executions = await host.Client.WaitForExecutionsAsync("job", i + 1);
            Assert.Equal(expected[i], executions[^1].ScheduledAt);
        }
        Assert.Equal([new(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), new(2026, 3, 30, 0, 30, 0, TimeSpan.Zero), new(2026, 3, 31, 0, 30, 0, TimeSpan.Zero)], expected);
    }

    [Fact]
    public async Task A_fixed_rate_keeps_its_beat_and_nothing_runs_before_its_time()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        await host.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromMinutes(10) }));
        for (var i = 1; i <= 5; i++)
        {
            time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(i - 1, (await host.Client.ListExecutionsAsync(new() { Task = "job" })).Items.Count);
            time.Advance(TimeSpan.FromMilliseconds(1));
            await host.Client.WaitForExecutionsAsync("job", i);
        }
        var all = await host.Client.WaitForExecutionsAsync("job", 5);
        Assert.Equal(Enumerable.Range(1, 5).Select(i => Start + i * TimeSpan.FromMinutes(10)), all.Select(each => each.ScheduledAt));
    }

    [Fact]
    public async Task One_instant_fires_once_and_at_once_where_it_has_passed()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        await host.Client.CreateTaskAsync(Definition(new() { At = Start - TimeSpan.FromSeconds(30) }));
        var only = Assert.Single(await host.Client.WaitForExecutionsAsync("job", 1));
        Assert.Equal(Start - TimeSpan.FromSeconds(30), only.ScheduledAt);
        time.Advance(TimeSpan.FromDays(2));
        Assert.Null((await host.Client.GetTaskAsync("job")).NextAt);
        Assert.Single((await host.Client.ListExecutionsAsync(new() { Task = "job" })).Items);
    }

    [Theory]
    [InlineData(MisfirePolicy.FireOnce, 1, 0)]
    [InlineData(MisfirePolicy.CatchUp, 6, 0)]
    [InlineData(MisfirePolicy.Skip, 0, 1)]
    public async Task What_was_due_while_no_process_lived_is_treated_as_the_policy_says(MisfirePolicy misfire, int ran, int skipped)
    {
        using var directory = new Server.TemporaryDirectory();
        var file = Path.Combine(directory.Path, "scheduler.db");
        var time = new ManualTime(Start);
        void Handlers(IServiceCollection services) => services.AddTaskHandler("work", (_, _) => Task.CompletedTask);
        await using (var first = await Host.StartAsync(file, Handlers, options => options.Time = time))
            await first.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromMinutes(10), Misfire = misfire }, OverlapPolicy.Queue));
        time.Advance(TimeSpan.FromMinutes(65));
        await using var second = await Host.StartAsync(file, Handlers, options => options.Time = time);
        var executions = await second.Client.WaitForExecutionsAsync("job", ran + skipped);
        Assert.Equal((ran, skipped), (executions.Count(each => each.Status == ExecutionStatus.Succeeded), executions.Count(each => each.Status == ExecutionStatus.Skipped)));
        Assert.Equal(Start + TimeSpan.FromMinutes(60), executions[^1].ScheduledAt);
        Assert.Equal(Start + TimeSpan.FromMinutes(70), (await second.Client.GetTaskAsync("job")).NextAt);
    }

    [Fact]
    public async Task A_paused_task_is_not_due_and_drops_what_it_missed()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        await host.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromMinutes(10) }));
        await host.Client.PauseTaskAsync("job");
        time.Advance(TimeSpan.FromMinutes(35));
        await host.Client.ResumeTaskAsync("job");
        time.Advance(TimeSpan.FromMinutes(5));
        var only = Assert.Single(await host.Client.WaitForExecutionsAsync("job", 1));
        Assert.Equal(Start + TimeSpan.FromMinutes(40), only.ScheduledAt);
    }

    [Theory]
    [InlineData(OverlapPolicy.Skip)]
    [InlineData(OverlapPolicy.Queue)]
    [InlineData(OverlapPolicy.CancelPrevious)]
    [InlineData(OverlapPolicy.Allow)]
    public async Task What_is_due_while_one_runs_is_treated_as_the_policy_says(OverlapPolicy overlap)
    {
        var time = new ManualTime(Start);
        var release = new TaskCompletionSource();
        var (running, most) = (0, 0);
        var gate = new Lock();
        var first = new TaskCompletionSource();
        await using var host = await StartAsync(time, async (_, cancellationToken) =>
        {
            lock (gate) most = Math.Max(most, ++running);
            first.TrySetResult();
            try
            {
                await release.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                lock (gate) running--;
            }
        });
        await host.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromMinutes(10) }, overlap));
        time.Advance(TimeSpan.FromMinutes(10));
        await first.Task.WaitAsync(TimeSpan.FromSeconds(20));
        time.Advance(TimeSpan.FromMinutes(10));
        if (overlap == OverlapPolicy.Allow) await Server.Eventually.TrueAsync("two at once", () => Volatile.Read(ref most) == 2);
        if (overlap == OverlapPolicy.Skip) await host.Client.WaitForExecutionsAsync("job", 1);
        if (overlap == OverlapPolicy.Queue) await Server.Eventually.GetAsync("two open", async () => (await host.Client.GetTaskAsync("job")).OpenExecutions is { Count: 2 } open ? open : null);
        if (overlap == OverlapPolicy.CancelPrevious) await host.Client.WaitForExecutionsAsync("job", 1);
        release.TrySetResult();
        var both = await host.Client.WaitForExecutionsAsync("job", 2);

        Assert.Equal(overlap == OverlapPolicy.Allow ? 2 : 1, most);
        Assert.Equal(overlap switch
        {
            OverlapPolicy.Skip => [ExecutionStatus.Succeeded, ExecutionStatus.Skipped],
            OverlapPolicy.CancelPrevious => [ExecutionStatus.Cancelled, ExecutionStatus.Succeeded],
            _ => [ExecutionStatus.Succeeded, ExecutionStatus.Succeeded],
        }, both.Select(each => each.Status));
    }
}
