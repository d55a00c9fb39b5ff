using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Scheduler.Tests.Handlers;

/// <summary>A batch as it arrived.</summary>
sealed record Arrived(IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json { get; } = JsonDocument.Parse(Body).RootElement;

    public string Text(string name) => Json.GetProperty(name).GetString()!;

    public IEnumerable<JsonElement> Rows => Json.GetProperty("rows").EnumerateArray();
}

/// <summary>What gets batches: a real server on this machine.</summary>
sealed class Receiver : IAsyncDisposable
{
    readonly WebApplication app;

    Receiver(WebApplication app, ConcurrentQueue<Arrived> arrived) => (this.app, Arrived) = (app, arrived);

    public ConcurrentQueue<Arrived> Arrived { get; }

    public string Url => $"{app.Urls.First()}/batch";

    public IEnumerable<JsonElement> Rows => Arrived.SelectMany(each => each.Rows);

    /// <param name="answer">What is answered to a batch; null: 204.</param>
    /// <param name="port">Where it listens; 0: anywhere.</param>
    public static async Task<Receiver> StartAsync(Func<Arrived, IResult>? answer = null, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var arrived = new ConcurrentQueue<Arrived>();
        app.MapPost("/{**path}", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            var batch = new Arrived(context.Request.Headers.ToDictionary(each => each.Key, each => each.Value.ToString(), StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync());
            arrived.Enqueue(batch);
            return answer?.Invoke(batch) ?? Results.NoContent();
        });
        await app.StartAsync();
        return new(app, arrived);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
