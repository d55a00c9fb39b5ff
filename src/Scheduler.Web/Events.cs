using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Scheduler.Web.OpenApi;

namespace Scheduler.Web;

static class Events
{
    /// <summary>A comment as often as this keeps what stands in between from closing the line.</summary>
    static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static void MapEvents(this IEndpointRouteBuilder api) =>
        api.MapGet("/events", async (HttpContext context, ISchedulerClient client, IHostApplicationLifetime lifetime) => await StreamAsync(context, client, lifetime))
            .WithTags("Events").Says("watchEvents", "Tells what happens in this process, as it happens", "Server-sent events, until the reader goes. Nothing is kept: a gap in the ids is what a slow reader missed.")
            .Produces<SchedulerEvent>(200, "text/event-stream");

    static async Task StreamAsync(HttpContext context, ISchedulerClient client, IHostApplicationLifetime lifetime)
    {
        // An open stream would keep the application from stopping.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var events = client.WatchEventsAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var next = events.MoveNextAsync().AsTask(); // watches from here on, before the reader is told that it does
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await WriteAsync(": watching\n\n");
            while (true)
            {
                if (await Task.WhenAny(next, Task.Delay(KeepAlive, stop.Token)) != next)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    await WriteAsync(": nothing new\n\n");
                    continue;
                }
                if (!await next) return;
                var told = events.Current;
                await WriteAsync($"id: {told.Id}\nevent: {WireText.Of(told.Kind)}\ndata: {JsonSerializer.Serialize(told, SchedulerJson.Strict)}\n\n");
                next = events.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader went, or the application stops.
        }
        finally
        {
            await stop.CancelAsync();
            await next.ContinueWith(static _ => { }, TaskScheduler.Default); // an enumerator is left only between its steps
        }

        async Task WriteAsync(string text)
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), stop.Token);
            await context.Response.Body.FlushAsync(stop.Token);
        }
    }
}
