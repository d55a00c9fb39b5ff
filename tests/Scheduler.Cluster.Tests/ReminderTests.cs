using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Scheduler.Cluster.Grains;

namespace Scheduler.Cluster.Tests;

/// <summary>Who looks after those that sleep: buckets, which the silos keep, and while there are few tasks a reminder for each.</summary>
public sealed class ReminderTests
{
    const string Watchdog = "watchdog", Keep = "keep";

    static readonly TaskDefinition often = new() { Name = "often", Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "echo" } } };

    [Fact]
    public async Task A_task_has_a_watchdog_until_it_recurs_no_more()
    {
        await using var silos = await StartAsync(1);
        await silos.Client.CreateTaskAsync(often with { Schedule = new() { Every = TimeSpan.FromHours(1) } });
        var grain = await TaskAsync(silos);
        await Silos.UntilAsync(async () => await HasAsync(silos, grain, Watchdog), () => "the task to have a reminder");
        await silos.Client.PauseTaskAsync(often.Name);
        await BarkAsync(silos, grain); // it looks, and finds that it is not wanted
        Assert.False(await HasAsync(silos, grain, Watchdog));
        await silos.Client.ResumeTaskAsync(often.Name);
        await Silos.UntilAsync(async () => await HasAsync(silos, grain, Watchdog), () => "the task to have a reminder again");
        await BarkAsync(silos, grain);
        Assert.True(await HasAsync(silos, grain, Watchdog));
    }

    [Fact]
    public async Task A_watchdog_has_a_task_loaded_that_is_in_no_silo()
    {
        await using var silos = await StartAsync(1);
        await silos.Client.CreateTaskAsync(often with { Schedule = new() { Every = TimeSpan.FromHours(1) } });
        var grain = await TaskAsync(silos);
        await silos.Cluster.DeactivateAsync(grain);
        await Silos.UntilAsync(() => Task.FromResult(silos.Nodes[0].Residents.Find(grain) is null), () => "the task to leave");
        await BarkAsync(silos, grain);
        Assert.NotNull(silos.Nodes[0].Residents.Find(grain));
    }

    [Fact]
    public async Task Where_there_are_more_tasks_than_may_have_one_their_buckets_look_after_them()
    {
        await using var silos = await StartAsync(1, options => options.TasksWithReminders = 0);
        await silos.Client.CreateTaskAsync(often);
        var grain = await TaskAsync(silos);
        await RunsAsync(silos, 3);
        Assert.False(await HasAsync(silos, grain, Watchdog));
    }

    [Fact]
    public async Task A_bucket_that_there_is_no_more_gives_its_reminder_up()
    {
        await using var silos = await StartAsync(1, options => options.Buckets = 2);
        var gone = silos.Cluster.Client.GetGrain<IBucketGrain>(2);
        await Reminders(silos).UpsertRow(new() { GrainId = gone.GetGrainId(), ReminderName = Keep, StartAt = DateTime.UtcNow, Period = TimeSpan.FromMinutes(1) });
        await Assert.ThrowsAnyAsync<OrleansException>(gone.KeepAsync); // it leaves as it comes
        Assert.False(await HasAsync(silos, gone.GetGrainId(), Keep));
        Assert.True(await HasAsync(silos, silos.Cluster.Client.GetGrain<IBucketGrain>(1).GetGrainId(), Keep));
    }

    [Fact]
    public async Task Buckets_of_a_silo_that_was_lost_are_taken_by_the_others_before_a_reminder_comes()
    {
        await using var silos = await Silos.StartAsync(3, AddEcho, options => options.Buckets = 8, loses: true);
        await silos.Client.CreateTaskAsync(often);
        await RunsAsync(silos, 1);
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[^1]);
        var management = silos.Cluster.Client.GetGrain<IManagementGrain>(0);
        IReadOnlyList<SiloAddress> living = [.. silos.Cluster.Silos.Where(silo => silo.IsActive).Select(silo => silo.SiloAddress)];
        await Silos.UntilAsync(async () =>
        {
            try
            {
                // It only looks where they are: nobody but the silos themselves has them loaded.
                for (var bucket = 0; bucket < 8; bucket++)
                    if (await management.GetActivationAddress(silos.Cluster.Client.GetGrain<IBucketGrain>(bucket)) is not { } at || !living.Contains(at)) return false;
                return true;
            }
            catch (Exception lost) when (lost is OrleansException or TimeoutException)
            {
                return false; // the way led through the silo that was killed
            }
        }, () => "all buckets in the silos that live");
        await RunsAsync(silos, (await CountAsync(silos)) + 3);
    }

    static Task<Silos> StartAsync(int count, Action<Hosting.SchedulerClusterOptions>? configure = null) => Silos.StartAsync(count, AddEcho, configure);

    static void AddEcho(int silo, IServiceCollection services) => services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters));

    static async Task<GrainId> TaskAsync(Silos silos) => silos.Cluster.Client.TaskGrain((await silos.Store.FindTaskAsync("default", often.Name, default))!.State.Id).GetGrainId();

    static IReminderTable Reminders(Silos silos) => silos.Cluster.Silos[0].ServiceProvider.GetRequiredService<IReminderTable>();

    static async Task<bool> HasAsync(Silos silos, GrainId grain, string name) => (await Reminders(silos).ReadRows(grain)).Reminders.Any(each => each.ReminderName == name);

    /// <summary>The reminder's time has come.</summary>
    static Task BarkAsync(Silos silos, GrainId grain) => silos.Cluster.Client.GetGrain(grain).AsReference<IRemindable>().ReceiveReminder(Watchdog, default);

    static async Task<int> CountAsync(Silos silos) => (await silos.Client.ListExecutionsAsync(new() { Task = often.Name, Status = ExecutionStatus.Succeeded, Limit = 1000 })).Items.Count;

    static Task RunsAsync(Silos silos, int count) => Silos.UntilAsync(async () => await CountAsync(silos) >= count, () => $"{count} executions to end");
}
