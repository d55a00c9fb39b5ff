using System.Net;
using Microsoft.AspNetCore.Http;
using Scheduler.Web.Problems;

namespace Scheduler.Web.Security;

/// <summary>Lets through who has the key; without a key, who calls from this machine and means to.</summary>
sealed class KeyCheck(RequestDelegate next, ConfiguredKey key)
{
    public Task InvokeAsync(HttpContext context)
    {
        var (status, field, message) = key.IsSet ? WithKey(context.Request) : WithoutKey(context);
        if (status == 0) return next(context);
        if (status == 401) context.Response.Headers.WWWAuthenticate = "ApiKey";
        return ProblemAnswers.WriteAsync(context, ProblemAnswers.Of(status, $"{field}: {message}", [new(field, message)]));
    }

    (int Status, string Field, string Message) WithKey(HttpRequest request) => request.Headers[ConfiguredKey.Header] switch
    {
        { Count: 1 } given when key.Matches(given[0] ?? "") => default,
        { Count: 0 } => (401, ConfiguredKey.Header, "expected the API key, got nothing"),
        _ => (401, ConfiguredKey.Header, "expected the API key, got another value"),
    };

    /// <summary>A page of another site, opened in a browser on this machine, reaches loopback too; its requests tell where they come from.</summary>
    static (int Status, string Field, string Message) WithoutKey(HttpContext context)
    {
        var (request, local) = (context.Request, context.Connection.LocalIpAddress);
        if (local is not null && !IPAddress.IsLoopback(local))
            return (401, ConfiguredKey.Header, $"expected a connection over loopback while {ConfiguredKey.Setting} is not set, got one to {local}");
        if (!Loopback.IsName(request.Host.Host))
            return (403, "Host", $"expected localhost while {ConfiguredKey.Setting} is not set, got {WireText.Quote(request.Host.Host)}");
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}" ? default
            : (403, "Origin", $"expected {request.Scheme}://{request.Host} while {ConfiguredKey.Setting} is not set, got {WireText.Quote(origin)}");
    }
}
