using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Scheduler.Web.OpenApi;

namespace Scheduler.Web;

static class Events
{
    public static void MapEvents(this IEndpointRouteBuilder api) =>
        api.MapGet("/events", async (HttpContext context, ISchedulerClient client, IHostApplicationLifetime lifetime) =>
                await LiveStream.ServerSentEvents.WriteAsync(context, lifetime, client.WatchEventsAsync,
                    told => $"id: {told.Id}\nevent: {WireText.Of(told.Kind)}\ndata: {JsonSerializer.Serialize(told, SchedulerJson.Strict)}\n\n"))
            .WithTags("Events").Says("watchEvents", "Tells what happens in this process, as it happens", "Server-sent events, until the reader goes. Nothing is kept: a gap in the ids is what a slow reader missed.")
            .Produces<SchedulerEvent>(200, "text/event-stream");
}
