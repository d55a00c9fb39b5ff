using Scheduler.Conformance.Servers;
using Xunit;

namespace Scheduler.Conformance.Clients;

partial class ClientConformance
{
    [StoreFact]
    public async Task A_created_task_reads_back_as_it_was_given()
    {
        var definition = Code("echo") with
        {
            Description = "says \"it\" again, 再说一遍",
            Schedule = new() { Cron = "0 0 2 * * ?", TimeZone = "Asia/Shanghai", Misfire = MisfirePolicy.Skip, StartAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(8)) },
            Overlap = OverlapPolicy.Queue,
            Timeout = TimeSpan.FromHours(30),
            Retry = new() { MaxAttempts = 5, Backoff = TimeSpan.FromMilliseconds(1500), Multiplier = 1.5, MaxBackoff = TimeSpan.FromMinutes(3) },
            Priority = 9,
            Parameters = Json("""{"deep":{"list":[1,"two",null]}}"""),
        };

        var created = await client.CreateTaskAsync(definition);
        var read = await client.GetTaskAsync(definition.Name);

        Same(definition, created.Definition);
        Same(created, read);
        Assert.Equal((definition.Name, ScheduledTaskStatus.Enabled, 1, 0), (read.Name, read.Status, read.Version, read.ExecutionCount));
        Assert.Empty(read.OpenExecutions);
        Assert.NotNull(read.NextAt);
        Assert.Equal(read.CreatedAt, read.UpdatedAt);
    }

    [StoreFact]
    public async Task A_task_without_schedule_is_never_due()
    {
        var created = await client.CreateTaskAsync(Code("echo"));
        Assert.Null(created.NextAt);
        Assert.Equal((OverlapPolicy.Skip, 5), (created.Definition.Overlap, created.Definition.Priority));
        Assert.Empty(await client.NextOccurrencesAsync(created.Name));
    }

    [StoreFact]
    public async Task A_name_is_taken_once_at_a_time()
    {
        await client.CreateTaskAsync(Code("echo") with { Priority = 7 });
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.CreateTaskAsync(Code("echo") with { Priority = 8 }));
        Assert.Equal(7, (await client.GetTaskAsync(Name())).Definition.Priority);

        await client.DeleteTaskAsync(Name());
        Assert.Equal(1, (await client.CreateTaskAsync(Code("fail"))).Version);
    }

    [StoreFact]
    public async Task Tasks_are_listed_by_name_page_by_page()
    {
        foreach (var suffix in (string[])["-d", "-b", "-e", "-a", "-c"]) await client.CreateTaskAsync(Code("echo", suffix));
        await client.PauseTaskAsync(Name("-b"));

        Assert.Equal([Name("-a"), Name("-b"), Name("-c"), Name("-d"), Name("-e")], await NamesAsync(new() { Search = Name(), Limit = 2 }));
        Assert.Equal([Name("-b")], await NamesAsync(new() { Search = Name(), Status = ScheduledTaskStatus.Paused }));
        Assert.Equal([Name("-a"), Name("-c"), Name("-d"), Name("-e")], await NamesAsync(new() { Search = Name(), Status = ScheduledTaskStatus.Enabled, Limit = 3 }));
        Assert.Equal([Name("-c")], await NamesAsync(new() { Search = Name("-c") }));
        Assert.Empty(await NamesAsync(new() { Search = Name("-%") }));
        Assert.Empty(await NamesAsync(new() { Search = Name("_") }));

        async Task<IEnumerable<string>> NamesAsync(TaskQuery query) =>
            (await AllPagesAsync(query.Limit, cursor => client.ListTasksAsync(query with { Cursor = cursor }))).Select(task => task.Name);
    }

    [StoreFact]
    public async Task An_update_replaces_the_whole_definition()
    {
        var created = await client.CreateTaskAsync(Code("echo") with { Description = "before", Schedule = new() { Every = TimeSpan.FromHours(1) } });
        var definition = Code("fail") with { Priority = 2 };

        var updated = await client.UpdateTaskAsync(created.Name, definition);

        Same(definition, updated.Definition);
        Same(updated, await client.GetTaskAsync(created.Name));
        Assert.True(updated.Version > created.Version, $"expected a version above {created.Version}, got {updated.Version}");
        Assert.Equal((created.CreatedAt, null), (updated.CreatedAt, updated.NextAt));
    }

    [StoreFact]
    public async Task An_update_of_an_older_version_changes_nothing()
    {
        var first = await client.CreateTaskAsync(Code("echo"));
        var second = await client.UpdateTaskAsync(first.Name, Code("echo") with { Priority = 2 }, first.Version);

        await RefusedAsync(SchedulerErrorKind.VersionMismatch, () => client.UpdateTaskAsync(first.Name, Code("echo") with { Priority = 3 }, first.Version));
        await RefusedAsync(SchedulerErrorKind.VersionMismatch, () => client.UpdateTaskAsync(first.Name, Code("echo") with { Priority = 3 }, second.Version + 1));

        Same(second, await client.GetTaskAsync(first.Name));
        Assert.Equal(4, (await client.UpdateTaskAsync(first.Name, Code("echo") with { Priority = 4 }, second.Version)).Definition.Priority);
    }

    [StoreFact]
    public async Task A_task_keeps_its_name_and_its_kind()
    {
        await client.CreateTaskAsync(Code("echo"));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.UpdateTaskAsync(Name(), Polling()));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.UpdateTaskAsync(Name(), Code("echo", "-other")));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetTaskAsync(Name("-other")));
    }

    [StoreFact]
    public async Task A_paused_task_is_not_due_until_it_is_resumed()
    {
        await client.CreateTaskAsync(Code("echo") with { Schedule = new() { Every = TimeSpan.FromDays(1) } });

        var paused = await client.PauseTaskAsync(Name());
        Assert.Equal((ScheduledTaskStatus.Paused, null), (paused.Status, paused.NextAt));
        Same(paused, await client.PauseTaskAsync(Name()));
        Assert.Equal(3, (await client.NextOccurrencesAsync(Name(), 3)).Count);

        var resumed = await client.ResumeTaskAsync(Name());
        Assert.Equal(ScheduledTaskStatus.Enabled, resumed.Status);
        Assert.NotNull(resumed.NextAt);
        Same(resumed, await client.ResumeTaskAsync(Name()));
    }

    [StoreFact]
    public async Task A_deleted_task_is_gone_and_its_history_is_not()
    {
        await client.CreateTaskAsync(Code("echo"));
        var execution = await TriggerAsync(Code("echo"));
        await EventuallyAsync(execution, ExecutionStatus.Succeeded);

        await client.DeleteTaskAsync(Name());

        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetTaskAsync(Name()));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DeleteTaskAsync(Name()));
        Assert.Empty((await client.ListTasksAsync(new() { Search = Name() })).Items);
        Assert.Equal(Name(), (await client.GetExecutionAsync(execution)).Task);
        Assert.Single((await client.ListExecutionsAsync(new() { Task = Name() })).Items);
    }

    [StoreFact]
    public async Task Next_occurrences_follow_the_schedule()
    {
        var from = new DateTimeOffset(2030, 3, 1, 0, 0, 0, TimeSpan.Zero);
        await client.CreateTaskAsync(Code("echo") with { Schedule = new() { Cron = "0 30 9 * * ?", TimeZone = "Asia/Shanghai", EndAt = from.AddDays(4) } });

        Assert.Equal([from.AddHours(1.5), from.AddHours(25.5)], await client.NextOccurrencesAsync(Name(), 2, from));
        Assert.Equal([from.AddHours(25.5)], await client.NextOccurrencesAsync(Name(), 1, from.AddHours(1.5)));
        Assert.Equal(4, (await client.NextOccurrencesAsync(Name(), 1000, from)).Count);
        Assert.Empty(await client.NextOccurrencesAsync(Name(), 10, from.AddDays(4)));
    }
}
