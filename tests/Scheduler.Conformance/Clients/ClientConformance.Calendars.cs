using Xunit;

namespace Scheduler.Conformance.Clients;

public abstract partial class ClientConformance
{
    CalendarDefinition Holidays(string suffix = "") => new() { Name = Name(suffix), Description = "days off", Dates = ["2099-03-02", "--12-25"], Weekly = [new() { Days = [Weekday.Saturday, Weekday.Sunday], From = "22:00", To = "24:00" }] };

    static ScheduleDefinition Nightly(params string[] calendars) => new() { Cron = "0 0 2 * * ?", Calendars = calendars.Length == 0 ? null : calendars };

    [Fact]
    public async Task A_calendar_is_made_read_replaced_and_deleted()
    {
        var made = await client.PutCalendarAsync(Holidays());
        Same(Holidays(), made.Definition);
        Assert.Equal((Name(), 1L), (made.Name, made.Version));
        Same(made, await client.GetCalendarAsync(Name()));

        await RefusedAsync(SchedulerErrorKind.VersionMismatch, () => client.PutCalendarAsync(Holidays() with { Description = "none" }, 7));
        var changed = await client.PutCalendarAsync(Holidays() with { Description = "others" }, made.Version);
        Assert.Equal("others", changed.Definition.Description);
        Assert.True(changed.Version > made.Version);

        await RefusedAsync(SchedulerErrorKind.VersionMismatch, () => client.DeleteCalendarAsync(Name(), made.Version));
        await client.DeleteCalendarAsync(Name(), changed.Version);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetCalendarAsync(Name()));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DeleteCalendarAsync(Name()));
        await RefusedAsync(SchedulerErrorKind.VersionMismatch, () => client.PutCalendarAsync(Holidays(), 1));
        Same(Holidays(), (await client.PutCalendarAsync(Holidays())).Definition);
    }

    [Fact]
    public async Task Calendars_are_listed_in_pages_by_name()
    {
        foreach (var suffix in new[] { "c", "a", "b" }) await client.PutCalendarAsync(Holidays(suffix));
        var all = await AllPagesAsync(2, cursor => client.ListCalendarsAsync(new() { Cursor = cursor, Limit = 2 }));
        Assert.Equal([Name("a"), Name("b"), Name("c")], all.Select(each => each.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_calendar_that_tasks_use_is_not_deleted()
    {
        await client.PutCalendarAsync(Holidays());
        await client.CreateTaskAsync(Code("echo", "-user") with { Schedule = Nightly(Name()) });
        var refused = await RefusedAsync(SchedulerErrorKind.Conflict, () => client.DeleteCalendarAsync(Name()));
        Assert.Contains(Name("-user"), refused.Message, StringComparison.Ordinal);
        await client.UpdateTaskAsync(Name("-user"), Code("echo", "-user"));
        await client.DeleteCalendarAsync(Name());
    }

    [Fact]
    public async Task A_calendar_that_does_not_exist_is_refused_with_what_may_be_meant()
    {
        await client.PutCalendarAsync(Holidays());
        var refused = await RefusedAsync(SchedulerErrorKind.Invalid, () => client.CreateTaskAsync(Code("echo") with { Schedule = Nightly(Name("x")) }));
        Assert.Contains($"Did you mean \"{Name()}\"?", Assert.Single(refused.Errors, error => error.Field == "schedule.calendars[0]").Message, StringComparison.Ordinal);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetTaskAsync(Name()));
        await InvalidAsync("dates[0]", () => client.PutCalendarAsync(Holidays("-bad") with { Dates = ["25 December"] }));
        await InvalidAsync("name", () => client.PutCalendarAsync(Holidays(" bad")));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.GetCalendarAsync(Name("-bad")));
    }

    [Fact]
    public async Task What_a_calendar_excludes_is_left_out()
    {
        await client.PutCalendarAsync(Holidays());
        await client.CreateTaskAsync(Code("echo") with { Schedule = Nightly(Name()) });
        DateTimeOffset from = new(2099, 3, 1, 12, 0, 0, TimeSpan.Zero), first = new(2099, 3, 3, 2, 0, 0, TimeSpan.Zero);
        Assert.Equal([first, first.AddDays(1)], await client.NextOccurrencesAsync(Name(), 2, from));
        Assert.Equal([first, first.AddDays(1)], await client.PreviewScheduleAsync(new() { Schedule = Nightly(Name()), From = from, Count = 2 }));

        await client.PutCalendarAsync(Holidays() with { Dates = ["2099-03-03"] });
        Assert.Equal([first.AddDays(-1), first.AddDays(1)], await client.NextOccurrencesAsync(Name(), 2, from));
    }

    [Fact]
    public async Task A_schedule_is_looked_at_before_a_task_has_it()
    {
        DateTimeOffset at = new(2099, 3, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal([at.AddHours(14), at.AddHours(38)], await client.PreviewScheduleAsync(new() { Schedule = Nightly(), CreatedAt = at, Count = 2 }));
        Assert.Equal([at.AddHours(1), at.AddHours(2)], await client.PreviewScheduleAsync(new() { Schedule = new() { Every = TimeSpan.FromHours(1) }, CreatedAt = at, Count = 2 }));
        await InvalidAsync("count", () => client.PreviewScheduleAsync(new() { Schedule = Nightly(), Count = 1001 }));
        await InvalidAsync("count", () => client.PreviewScheduleAsync(new() { Schedule = Nightly(), Count = 0 }));
        await InvalidAsync("schedule.cron", () => client.PreviewScheduleAsync(new() { Schedule = new() { Cron = "every day" } }));
        await InvalidAsync("schedule.calendars[0]", () => client.PreviewScheduleAsync(new() { Schedule = Nightly(Name("none")) }));
    }
}
