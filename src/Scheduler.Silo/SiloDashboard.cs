using System.Net;
using Orleans.Dashboard;
using Scheduler.Web.Security;

namespace Scheduler.Silo;

/// <summary>Orleans' own dashboard of silos and grains, at <c>/orleans</c>.</summary>
static class SiloDashboard
{
    const string Path = "/orleans";

    /// <summary>What a proxy adds to a request that it passes on.</summary>
    static readonly string[] forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"];

    /// <summary>It shows every grain and asks for no key, so it is for this machine alone: others come through a tunnel that knows them.</summary>
    public static void MapSiloDashboard(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Path) && Refusal(context) is not null, refused => refused.Run(context =>
        {
            context.Response.StatusCode = Refusal(context)!.Value;
            return Task.CompletedTask;
        }));
        app.MapOrleansDashboard(Path);
    }

    /// <summary>The status for whoever is not of this machine; null for who is.</summary>
    public static int? Refusal(HttpContext context)
    {
        var (request, from) = (context.Request, context.Connection.RemoteIpAddress);
        if (from is not null && !IPAddress.IsLoopback(from)) return StatusCodes.Status404NotFound;
        // Somebody elsewhere has asked a proxy of this machine.
        if (Array.Exists(forwarding, request.Headers.ContainsKey)) return StatusCodes.Status404NotFound;
        // A page of another site, opened in a browser on this machine, whose name leads here.
        return Loopback.IsName(request.Host.Host) ? null : StatusCodes.Status403Forbidden;
    }
}
