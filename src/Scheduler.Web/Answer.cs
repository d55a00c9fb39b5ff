using Microsoft.AspNetCore.Http;

namespace Scheduler.Web;

/// <summary>A value as JSON, in the scheduler's wire form whatever the application's own is. A task or calendar carries its version as the ETag.</summary>
sealed record Answer<T>(T Value, int Status, string? Location) : IResult
{
    public Task ExecuteAsync(HttpContext context)
    {
        if (Value is TaskView task) context.Response.Headers.ETag = $"\"{task.Version}\"";
        if (Value is CalendarView calendar) context.Response.Headers.ETag = $"\"{calendar.Version}\"";
        if (Location is not null) context.Response.Headers.Location = context.Request.PathBase + Location;
        context.Response.StatusCode = Status;
        return context.Response.WriteAsJsonAsync(Value, SchedulerJson.Strict, context.RequestAborted);
    }
}

static class Answer
{
    public static IResult Of<T>(T value, int status = 200, string? location = null) => new Answer<T>(value, status, location);
}
