using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Calendars
{
    public static void MapCalendars(this IEndpointRouteBuilder api)
    {
        var calendars = api.MapGroup("/calendars").WithTags("Calendars");

        calendars.MapGet("/", async (HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ListCalendarsAsync(new() { Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request) }, stop)))
            .Says("listCalendars", "Lists exclusion calendars by name")
            .Knows(QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<CalendarView>>();

        calendars.MapGet("/{name}", async (string name, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.GetCalendarAsync(name, stop)))
            .Says("getCalendar", "Reads an exclusion calendar", "The ETag is its version.")
            .Produces<CalendarView>().Fails(404);

        calendars.MapPut("/{name}", async (string name, Body<CalendarDefinition> body, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.PutCalendarAsync(Named(name, body.Read()), RequestHeader.IfMatch(request), stop)))
            .Says("putCalendar", "Creates an exclusion calendar, or replaces it", "The tasks that use it go by the new one. With If-Match only where it is still that version.")
            .Accepts<CalendarDefinition>("application/json").Takes(RequestHeader.IfMatchHeader).Produces<CalendarView>().Fails(409, 412, 413, 415);

        calendars.MapDelete("/{name}", async (string name, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
            {
                await client.DeleteCalendarAsync(name, RequestHeader.IfMatch(request), stop);
                return TypedResults.NoContent();
            })
            .Says("deleteCalendar", "Deletes an exclusion calendar that no task uses")
            .Takes(RequestHeader.IfMatchHeader).Fails(404, 409, 412);

        api.MapPost("/schedules/preview", async (Body<SchedulePreview> body, ISchedulerClient client, CancellationToken stop) =>
            {
                var preview = body.Read();
                return Answer.Of(Tasks.Occurrences(await client.PreviewScheduleAsync(preview, stop), preview.Count));
            })
            .WithTags("Calendars").Says("previewSchedule", "Lists the instants at which a task with this schedule would be due",
                "Of a delay only the first is known before it has run. Give \"next\" as \"from\" for those after, with the same \"createdAt\" where the schedule is counted from it.")
            .Accepts<SchedulePreview>("application/json").Produces<Page<DateTimeOffset>>().Fails(413, 415);
    }

    static CalendarDefinition Named(string name, CalendarDefinition definition) => definition.Name == name ? definition
        : throw new SchedulerException([new("name", $"expected \"{name}\", as in the path, got \"{definition.Name}\"")]);
}
