using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Tests.Embedded;

/// <summary>Delays, calendars, jitter and stepping clocks in a whole scheduler, on a clock that the test moves.</summary>
public sealed class ScheduleTests
{
    static readonly DateTimeOffset Start = new(2026, 3, 4, 22, 0, 0, TimeSpan.Zero);

    static Task<Host> StartAsync(ManualTime time, Func<TaskContext, CancellationToken, Task>? work = null) =>
        Host.StartAsync(services => services.AddTaskHandler("work", work ?? ((_, _) => Task.CompletedTask)), options => options.Time = time);

    static TaskDefinition Definition(ScheduleDefinition? schedule, OverlapPolicy overlap = OverlapPolicy.Skip) =>
        new() { Name = "job", Schedule = schedule, Handler = new() { Code = new() { Handler = "work" } }, Overlap = overlap };

    static Task<TaskView> NextAsync(Host host) => Server.Eventually.GetAsync("the next occurrence", async () => await host.Client.GetTaskAsync("job") is { NextAt: not null, OpenExecutions.Count: 0 } task ? task : null);

    [Fact]
    public async Task A_delay_is_counted_from_the_end()
    {
        var time = new ManualTime(Start);
        var gate = new SemaphoreSlim(0);
        var began = new SemaphoreSlim(0);
        await using var host = await StartAsync(time, async (_, stop) =>
        {
            began.Release();
            await gate.WaitAsync(stop);
        });
        await host.Client.CreateTaskAsync(Definition(new() { Delay = TimeSpan.FromMinutes(10) }));
        Assert.True(await began.WaitAsync(TimeSpan.FromSeconds(20)));
        time.Advance(TimeSpan.FromMinutes(25)); // longer than the delay: nothing is due while it runs
        Assert.Null((await host.Client.GetTaskAsync("job")).NextAt);
        Assert.Empty(await host.Client.NextOccurrencesAsync("job"));
        Assert.Contains((await host.Client.WhyTaskAsync("job")).Reasons, reason => reason.Code == WhyCode.PreviousOpen);
        gate.Release();
        Assert.Equal(Start.AddMinutes(35), (await NextAsync(host)).NextAt);
        Assert.Equal([Start.AddMinutes(35)], await host.Client.NextOccurrencesAsync("job"));

        // What somebody asks for puts it off.
        time.Advance(TimeSpan.FromMinutes(5));
        await host.Client.TriggerTaskAsync("job");
        Assert.Null((await host.Client.GetTaskAsync("job")).NextAt);
        gate.Release();
        Assert.Equal(Start.AddMinutes(40), (await NextAsync(host)).NextAt);
        gate.Release();
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal([Start, Start.AddMinutes(30), Start.AddMinutes(40)], (await host.Client.WaitForExecutionsAsync("job", 3)).Select(each => each.ScheduledAt));
    }

    [Fact]
    public async Task A_schedule_that_is_over_stays_and_why_says_since_when()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        var definition = Definition(new() { Cron = "0 0 23 4 3 ? 2026" }, OverlapPolicy.Allow); // what is open is in nobody's way
        await host.Client.CreateTaskAsync(definition);
        time.Advance(TimeSpan.FromHours(1));
        await host.Client.WaitForExecutionsAsync("job", 1);
        Assert.Equal($"the task has no further occurrence, the last one was due at {Start.AddHours(1):O}: it runs when it is triggered", await NoneAsync());

        // It is no reason to refuse what else is changed; another one that is over is.
        await host.Client.UpdateTaskAsync("job", definition with { Priority = 9 });
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.UpdateTaskAsync("job", Definition(new() { Cron = "0 0 23 4 3 ? 2025" })));
        Assert.Equal("schedule.cron: expected an occurrence after now (2026-03-04T23:00:00Z), got a last one at 2025-03-04T23:00:00Z", Assert.Single(refused.Errors).ToString());
        refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.UpdateTaskAsync("job", Definition(new() { At = Start })));
        Assert.Equal(SchedulerErrorKind.Conflict, refused.Kind);

        await host.Client.UpdateTaskAsync("job", definition with { Schedule = new() { Every = TimeSpan.FromHours(2), EndAt = Start.AddHours(3) } });
        time.Advance(TimeSpan.FromHours(5));
        await host.Client.WaitForExecutionsAsync("job", 2);
        Assert.Equal($"the task has no further occurrence, its schedule has ended at {Start.AddHours(3):O}: it runs when it is triggered", await NoneAsync());

        await host.Client.UpdateTaskAsync("job", definition with { Schedule = null });
        Assert.Equal("the task has no schedule: it runs when it is triggered", await NoneAsync());

        async Task<string> NoneAsync() => Assert.Single((await host.Client.WhyTaskAsync("job")).Reasons, reason => reason.Code == WhyCode.NoOccurrence).Message;
    }

    [Fact]
    public async Task An_execution_that_runs_is_told_so_before_its_start_is_written()
    {
        var (time, began, code) = (new ManualTime(Start), new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await StartAsync(time, (_, _) =>
        {
            began.SetResult();
            return code.Task;
        });
        await host.Client.CreateTaskAsync(Definition(null));
        var execution = (await host.Client.TriggerTaskAsync("job")).ExecutionId;
        await began.Task.WaitAsync(TimeSpan.FromSeconds(30));

        var running = await host.Client.GetExecutionAsync(execution); // nothing more is written as long as the clock stands
        code.SetResult();

        Assert.Equal((ExecutionStatus.Running, Start), (running.Status, running.StartedAt));
    }

    [Fact]
    public async Task What_a_calendar_excludes_is_never_made_and_why_names_it()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        await host.Client.PutCalendarAsync(new() { Name = "night", Weekly = [new() { Days = [Weekday.Wednesday], From = "22:30", To = "01:00" }] });
        await host.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromHours(1), Calendars = ["night"] }));
        Assert.Equal(Start.AddHours(3), (await host.Client.GetTaskAsync("job")).NextAt);
        var why = Assert.Single((await host.Client.WhyTaskAsync("job")).Reasons, reason => reason.Code == WhyCode.Calendar);
        Assert.Equal($"calendar \"night\" leaves out the occurrence at {Start.AddHours(1):O}", why.Message);
        time.Advance(TimeSpan.FromHours(2.5));
        Assert.Equal(0, (await host.Client.GetTaskAsync("job")).ExecutionCount);

        // The calendar ends earlier by now, and then excludes everything.
        await host.Client.PutCalendarAsync(new() { Name = "night", Dates = ["2026-03-04"] });
        Assert.Equal(Start.AddHours(3), (await host.Client.GetTaskAsync("job")).NextAt);
        await host.Client.PutCalendarAsync(new() { Name = "night", Weekly = [new() { Days = [.. Enum.GetValues<Weekday>().Skip(1)] }] });
        Assert.Null((await host.Client.GetTaskAsync("job")).NextAt);
        Assert.Contains((await host.Client.WhyTaskAsync("job")).Reasons, reason => reason.Code == WhyCode.Calendar && reason.Message.EndsWith("no occurrence is left that no calendar leaves out", StringComparison.Ordinal));
        Assert.Empty(await host.Client.NextOccurrencesAsync("job"));
    }

    [Fact]
    public async Task Jitter_puts_the_start_off_and_the_instant_stays()
    {
        var time = new ManualTime(Start);
        await using var host = await StartAsync(time);
        await host.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromHours(2), Jitter = TimeSpan.FromHours(1) }));
        time.Advance(TimeSpan.FromHours(3));
        var only = Assert.Single(await host.Client.WaitForExecutionsAsync("job", 1));
        Assert.Equal((Start.AddHours(2), null), (only.ScheduledAt, only.MissedSince));
        Assert.InRange(only.StartedAt!.Value, Start.AddHours(2), Start.AddHours(3));
    }

    [Fact]
    public async Task What_was_missed_beyond_the_bound_is_dropped_and_why_names_its_record()
    {
        using var directory = new Server.TemporaryDirectory();
        var file = Path.Combine(directory.Path, "scheduler.db");
        await using (var before = await HostAsync(Start))
        {
            await before.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromHours(1), Misfire = MisfirePolicy.CatchUp, CatchUp = 2 }, OverlapPolicy.Queue));
            Assert.DoesNotContain((await before.Client.WhyTaskAsync("job")).Reasons, reason => reason.Code == WhyCode.CatchUpBound);
        }
        var now = Start.AddHours(5.5);
        await using var host = await HostAsync(now);
        var all = await host.Client.WaitForExecutionsAsync("job", 3);
        var record = Assert.Single(all, each => each.Status == ExecutionStatus.Skipped);
        Assert.Equal((Start.AddHours(1), Start.AddHours(3)), (record.MissedSince, record.ScheduledAt));
        var why = await host.Client.WhyTaskAsync("job");
        var reason = Assert.Single(why.Reasons, reason => reason.Code == WhyCode.CatchUpBound);
        Assert.Equal($"occurrences from {Start.AddHours(1):O} to {Start.AddHours(3):O} were due while nobody could start them, and more were than the 2 that are made up for; execution {record.Id} is their record", reason.Message);
        Assert.NotNull(reason.Since);

        Task<Host> HostAsync(DateTimeOffset at) => Host.StartAsync(file, services => services.AddTaskHandler("work", (_, _) => Task.CompletedTask), options => options.Time = new ManualTime(at));
    }

    public static TheoryData<MisfirePolicy, OverlapPolicy> Policies
    {
        get
        {
            TheoryData<MisfirePolicy, OverlapPolicy> all = [];
            foreach (var misfire in Enum.GetValues<MisfirePolicy>())
                foreach (var overlap in Enum.GetValues<OverlapPolicy>()) all.Add(misfire, overlap);
            return all;
        }
    }

    /// <summary>Restarts, one long downtime, and a clock that steps back an hour and on again: each occurrence is one record's.</summary>
    [Theory, MemberData(nameof(Policies))]
    public async Task No_restart_or_clock_step_loses_or_doubles_an_occurrence(MisfirePolicy misfire, OverlapPolicy overlap)
    {
        using var directory = new Server.TemporaryDirectory();
        var file = Path.Combine(directory.Path, "scheduler.db");
        var now = Start;
        List<ExecutionView> all = [];
        TimeSpan[] downs = [TimeSpan.Zero, TimeSpan.FromMinutes(7), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(-60), TimeSpan.FromMinutes(90), TimeSpan.FromMinutes(35), TimeSpan.Zero];
        foreach (var down in downs)
        {
            now += down;
            var time = new ManualTime(now);
            await using var host = await Host.StartAsync(file, services => services.AddTaskHandler("work", (_, _) => Task.CompletedTask), options => options.Time = time);
            if (now == Start) await host.Client.CreateTaskAsync(Definition(new() { Every = TimeSpan.FromMinutes(5), Misfire = misfire }, overlap));
            time.Advance(TimeSpan.FromMinutes(1));
            await Server.Eventually.GetAsync("nothing due or open", async () =>
            {
                var task = await host.Client.GetTaskAsync("job");
                if (task.NextAt <= time.GetUtcNow()) return null;
                all = [.. (await host.Client.ListExecutionsAsync(new() { Task = "job", Limit = 1000 })).Items];
                return all.Count == task.ExecutionCount && all.All(each => each.EndedAt is not null) ? task : null;
            });
            now = time.GetUtcNow();
        }

        var last = all.Max(each => each.ScheduledAt);
        var covered = all.SelectMany(each => Enumerable.Range(0, 1000).Select(n => (each.MissedSince ?? each.ScheduledAt).AddMinutes(5 * n)).TakeWhile(at => at <= each.ScheduledAt)).Order().ToArray();
        Assert.Equal(Enumerable.Range(1, covered.Length).Select(n => Start.AddMinutes(5 * n)), covered);
        Assert.True(last > now.AddMinutes(-5));
    }
}
