using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

/// <summary>A value as JSON, in the scheduler's wire form whatever the application's own is.</summary>
sealed record Answer<T>(T Value, int Status, string? Location) : IResult
{
    public Task ExecuteAsync(HttpContext context)
    {
        if (Location is not null) context.Response.Headers.Location = context.Request.PathBase + Location;
        context.Response.StatusCode = Status;
        return Value is TaskView task ? WriteTaggedAsync(context, task) : context.Response.WriteAsJsonAsync(Value, SchedulerJson.Strict, context.RequestAborted);
    }

    /// <summary>The tag is the definition's version, which If-Match asks for, and a hash of the rest, which changes without it: the next occurrence, open executions.</summary>
    static async Task WriteTaggedAsync(HttpContext context, TaskView task)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(task, SchedulerJson.Strict);
        var tag = $"\"{task.Version}-{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 8))}\"";
        context.Response.Headers.ETag = tag;
        if (HttpMethods.IsGet(context.Request.Method) && RequestHeader.IsKnown(context.Request, tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }
}

static class Answer
{
    public static IResult Of<T>(T value, int status = 200, string? location = null) => new Answer<T>(value, status, location);
}
