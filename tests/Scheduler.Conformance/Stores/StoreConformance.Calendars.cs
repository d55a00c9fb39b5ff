using Scheduler.Conformance.Servers;
using Scheduler.Running;
using Scheduler.Schedules;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

public abstract partial class StoreConformance
{
    static StoredCalendar Calendar(string name, long revision = 1, bool deleted = false, string tenant = "default") => new(tenant, name, revision,
        deleted ? null : new() { Name = name, Description = "订单 \"frei\"", TimeZone = "Asia/Shanghai", Dates = ["--12-25"], Weekly = [new() { Days = [Weekday.Sunday], From = "22:00", To = "06:00" }] }, Noon);

    static string Json(object? value) => System.Text.Json.JsonSerializer.Serialize(value);

    [StoreFact]
    public async Task A_calendar_is_written_where_its_revision_is_the_expected_one()
    {
        Assert.Null(await Store.FindCalendarAsync("default", "a", default));
        Assert.False(await Store.SaveCalendarAsync(Calendar("a", 2), 1, default));
        Assert.True(await Store.SaveCalendarAsync(Calendar("a"), 0, default));
        Assert.False(await Store.SaveCalendarAsync(Calendar("a"), 0, default));
        Assert.Equal(Json(Calendar("a")), Json(await Store.FindCalendarAsync("default", "a", default)));
        Assert.Null(await Store.FindCalendarAsync("other", "a", default));
        Assert.True(await Store.SaveCalendarAsync(Calendar("a", 2), 1, default));
        Assert.False(await Store.SaveCalendarAsync(Calendar("a", 2), 1, default));
        Assert.True(await Store.SaveCalendarAsync(Calendar("a", 3, deleted: true), 2, default));
        Assert.Equal(Calendar("a", 3, deleted: true), await Store.FindCalendarAsync("default", "a", default));
        Assert.True(await Store.SaveCalendarAsync(Calendar("a", 4), 3, default));
    }

    [StoreFact]
    public async Task Calendars_are_listed_and_counted_without_the_deleted_and_those_are_purged()
    {
        foreach (var name in new[] { "c", "a", "B", "d" }) Assert.True(await Store.SaveCalendarAsync(Calendar(name), 0, default));
        Assert.True(await Store.SaveCalendarAsync(Calendar("x", tenant: "other"), 0, default));
        Assert.True(await Store.SaveCalendarAsync(Calendar("d", 2, deleted: true), 1, default));
        Assert.Equal(["B", "a"], (await Store.ListCalendarsAsync("default", null, 2, default)).Select(each => each.Name));
        Assert.Equal(["c"], (await Store.ListCalendarsAsync("default", "a", 2, default)).Select(each => each.Name));
        Assert.Equal((3, 1, 0), (await Store.CountCalendarsAsync("default", default), await Store.CountCalendarsAsync("other", default), await Store.CountCalendarsAsync("none", default)));

        await Store.PurgeAsync(Noon, 10, default);
        Assert.NotNull(await Store.FindCalendarAsync("default", "d", default));
        await Store.PurgeAsync(Noon.AddSeconds(1), 10, default);
        Assert.Null(await Store.FindCalendarAsync("default", "d", default));
        Assert.NotNull(await Store.FindCalendarAsync("default", "a", default));
    }

    [StoreFact]
    public async Task A_calendar_is_untold_until_that_revision_was_told()
    {
        await Store.SaveCalendarAsync(Calendar("a"), 0, default);
        await Store.SaveCalendarAsync(Calendar("b"), 0, default);
        Assert.Equal(["a"], (await Store.UntoldCalendarsAsync(1, default)).Select(each => each.Name));
        await Store.ToldCalendarAsync(Calendar("b"), default);
        await Store.SaveCalendarAsync(Calendar("a", 2), 1, default);
        await Store.ToldCalendarAsync(Calendar("a"), default);
        Assert.Equal([("a", 2L)], (await Store.UntoldCalendarsAsync(9, default)).Select(each => (each.Name, each.Revision)));
        await Store.SaveCalendarAsync(Calendar("a", 3, deleted: true), 2, default);
        Assert.Empty(await Store.UntoldCalendarsAsync(9, default));
    }

    [StoreFact]
    public async Task Tasks_come_back_with_their_calendars_and_are_found_by_them()
    {
        var definition = Calendar("a").Definition!;
        var knowing = Task(11, "knowing") with { Calendars = [new TaskCalendar(4, definition)], AskCalendarsAt = Noon.AddTicks(1234567), LastEndAt = Noon.AddTicks(7654321) };
        await WriteAsync(knowing);
        await WriteAsync(Task(12, "plain"));
        await WriteAsync(Task(13, "elsewhere") with { Tenant = "other", Calendars = [new TaskCalendar(4, definition)] });
        await WriteAsync(Task(14, "gone") with { Status = ScheduledTaskStatus.Deleted, NextAt = null, Calendars = [new TaskCalendar(4, definition)] });

        var found = Assert.Single(await Store.CalendarTasksAsync("default", 0, 10, default));
        Assert.Equal((11, knowing.AskCalendarsAt, knowing.LastEndAt), (found.State.Id, found.State.AskCalendarsAt, found.State.LastEndAt));
        Assert.Equal(Json(knowing.Calendars), Json(found.State.Calendars));
        Assert.Empty(await Store.CalendarTasksAsync("default", 11, 10, default));

        // They are written where they are said to have changed, and left otherwise.
        await Store.CommitAsync([new EntityWrite.OfTask(knowing with { LastEndAt = null, Calendars = [new TaskCalendar(5, definition)] }, true, 1, NextWriteId())], default);
        Assert.Equal(5, Assert.Single((await Store.ReadTaskAsync(11, default))!.State.Calendars).Revision);
        await Store.CommitAsync([new EntityWrite.OfTask(knowing with { Calendars = [] }, true, 2, NextWriteId())], default);
        Assert.Empty(await Store.CalendarTasksAsync("default", 0, 10, default));
    }
}
