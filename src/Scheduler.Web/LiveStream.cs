using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Scheduler.Web;

/// <summary>Writes what comes as it comes, each thing as some text, until the reader goes, the application stops, or there is no more.</summary>
/// <param name="ContentType">What the text is.</param>
/// <param name="Greeting">Told at once, so that the reader knows that he is heard; empty: nothing.</param>
/// <param name="KeepAlive">Told when nothing comes for a while, which keeps what stands in between from closing the line; empty: nothing.</param>
sealed record LiveStream(string ContentType, string Greeting, string KeepAlive)
{
    public static readonly LiveStream ServerSentEvents = new("text/event-stream", ": watching\n\n", ": nothing new\n\n");

    static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(15);

    /// <summary>Answers with the stream; what fails before the first word of it is a problem like any other.</summary>
    public async Task WriteAsync<T>(HttpContext context, IHostApplicationLifetime lifetime, Func<CancellationToken, IAsyncEnumerable<T>> watch, Func<T, string> text, bool emptyIsNoContent = false)
    {
        // An open stream would keep the application from stopping.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var things = watch(stop.Token).GetAsyncEnumerator(stop.Token);
        var next = things.MoveNextAsync().AsTask(); // watches from here on, before the reader is told that it does
        try
        {
            if (next.IsCompleted || emptyIsNoContent && await Task.WhenAny(next, Task.Delay(KeepAliveEvery, stop.Token)) == next)
            {
                var any = await next; // or it fails
                if (!any && emptyIsNoContent)
                {
                    context.Response.StatusCode = StatusCodes.Status204NoContent;
                    return;
                }
            }
            context.Response.ContentType = ContentType;
            context.Response.Headers.CacheControl = "no-store";
            await TellAsync(Greeting);
            while (true)
            {
                if (await Task.WhenAny(next, Task.Delay(KeepAliveEvery, stop.Token)) != next)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    await TellAsync(KeepAlive);
                    continue;
                }
                if (!await next) return;
                await TellAsync(text(things.Current));
                next = things.MoveNextAsync().AsTask();
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

        async Task TellAsync(string some)
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(some), stop.Token);
            await context.Response.Body.FlushAsync(stop.Token);
        }
    }
}
