using Microsoft.AspNetCore.Http;

namespace Scheduler.Web.Problems;

/// <summary>What an answer without words of its own tells: the framework's refusals know a status alone.</summary>
static class StatusDetail
{
    public static string Of(HttpContext context, int status)
    {
        var request = context.Request;
        return status switch
        {
            404 => $"expected a path that /openapi/v1.json lists, got {request.Path}",
            405 => $"expected {string.Join(" or ", context.Response.Headers.Allow.ToString().Split(", "))}, got {request.Method}",
            415 => $"Content-Type: expected application/json in UTF-8, got {(string.IsNullOrEmpty(request.ContentType) ? "nothing" : request.ContentType)}",
            _ => $"{request.Method} {request.Path} was refused",
        };
    }
}
