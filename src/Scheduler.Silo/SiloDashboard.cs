using System.Net;
using Orleans.Dashboard;

namespace Scheduler.Silo;

/// <summary>Orleans' own dashboard of silos and grains, at <c>/orleans</c>.</summary>
static class SiloDashboard
{
    const string Path = "/orleans";

    /// <summary>It shows every grain and asks for no key, so it is for this machine alone: others come through a proxy or a tunnel that knows them.</summary>
    public static void MapSiloDashboard(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Path) && context.Connection.RemoteIpAddress is { } from && !IPAddress.IsLoopback(from), elsewhere => elsewhere.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }));
        app.MapOrleansDashboard(Path);
    }
}
