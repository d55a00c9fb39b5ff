using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Logs
{
    static readonly QueryParameter<LogLineLevel?> Level = QueryParameter.OneOf<LogLineLevel>("level", "Only lines of this level and above.");
    static readonly QueryParameter<int> Attempt = QueryParameter.Number("attempt", "Only lines of this attempt.", 1, int.MaxValue, 0, isOptional: true);
    static readonly QueryParameter<string?> Search = QueryParameter.Text("q", "Only lines whose message or exception contains it; upper and lower case differ.");
    static readonly QueryParameter<string?> Database = QueryParameter.Text("database", "Only lines of shards of this database.");
    static readonly QueryParameter<string?> Table = QueryParameter.Text("table", "Only lines of shards of this table.");
    static readonly RequestHeader LastEventId = new("Last-Event-ID", "The id of the last line that is known already; the stream goes on after it.");
    static readonly RequestHeader Accept = new("Accept", "text/event-stream (as without it), text/plain for people, or application/x-ndjson for a JSON document a line.");

    static readonly LiveStream Text = new("text/plain; charset=utf-8", "", ""), JsonLines = new("application/x-ndjson", "", "");

    public static void MapLogs(this IEndpointRouteBuilder api)
    {
        var logs = api.MapGroup("/executions/{id}/logs").WithTags("Logs");

        logs.MapGet("/", async (string id, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
            {
                var filter = FilterOf(request);
                return Answer.Of(await client.ListLogsAsync(id, new()
                {
                    Level = filter.Level, Attempt = filter.Attempt, Search = filter.Search, Database = filter.Database, Table = filter.Table,
                    Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request),
                }, stop));
            })
            .Says("listLogs", "Lists what the execution's handler has logged, in order")
            .Knows(Level, Attempt, Search, Database, Table, QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<LogLine>>().Fails(404);

        logs.MapGet("/stream", async (string id, HttpContext context, ISchedulerClient client, IHostApplicationLifetime lifetime) => await StreamAsync(id, context, client, lifetime))
            .Says("watchLogs", "Tells the execution's lines, and each that comes, until it has ended",
                "Server-sent events, text or JSON lines, as Accept says. Who comes back with Last-Event-ID when all was told gets 204, which keeps browsers from asking again.")
            .Knows(Level, Attempt, Search, Database, Table).Takes(LastEventId).Takes(Accept).Produces<LogLine>(200, "text/event-stream").Fails(404, 406);
    }

    static LogFilter FilterOf(HttpRequest request) => new()
    {
        Level = Level.Of(request), Attempt = Attempt.Of(request) is > 0 and var attempt ? attempt : null,
        Search = Search.Of(request), Database = Database.Of(request), Table = Table.Of(request),
    };

    static async Task StreamAsync(string id, HttpContext context, ISchedulerClient client, IHostApplicationLifetime lifetime)
    {
        var filter = FilterOf(context.Request);
        var after = context.Request.Headers[LastEventId.Name] is { Count: > 0 } given ? given.ToString() : null;
        var (stream, text) = FormOf(context.Request);
        // What is wrong is said before the stream begins.
        var execution = await client.GetExecutionAsync(id, context.RequestAborted);
        await CheckAsync(client, id, after, context.RequestAborted);
        await stream.WriteAsync(context, lifetime, stop => client.WatchLogsAsync(id, filter, after, stop), text, emptyIsNoContent: after is not null && execution.EndedAt is not null);
    }

    static async Task CheckAsync(ISchedulerClient client, string id, string? after, CancellationToken stop)
    {
        try
        {
            if (after is not null) await client.ListLogsAsync(id, new() { Cursor = after, Limit = 1 }, stop);
        }
        catch (SchedulerException refused) when (refused.Errors is [{ Field: "cursor" } error])
        {
            throw new SchedulerException([error with { Field = LastEventId.Name }]);
        }
    }

    static (LiveStream, Func<LogLine, string>) FormOf(HttpRequest request)
    {
        var wanted = request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).ToArray();
        if (wanted.Length == 0) return (LiveStream.ServerSentEvents, Event);
        foreach (var type in wanted)
        {
            if (Matches(type, "text/event-stream")) return (LiveStream.ServerSentEvents, Event);
            if (Matches(type, "text/plain")) return (Text, ForPeople);
            if (Matches(type, "application/x-ndjson")) return (JsonLines, line => JsonSerializer.Serialize(line, SchedulerJson.Strict) + "\n");
        }
        throw new BadHttpRequestException($"expected Accept: text/event-stream, text/plain or application/x-ndjson, got {request.Headers.Accept}", 406);

        static bool Matches(MediaTypeHeaderValue accepted, string type) => new MediaTypeHeaderValue(type).IsSubsetOf(accepted);
    }

    static string Event(LogLine line) => $"id: {line.Id}\ndata: {JsonSerializer.Serialize(line, SchedulerJson.Strict)}\n\n";

    static string ForPeople(LogLine line)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{line.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff} {line.Level.ToString().ToUpperInvariant()[..4]}");
        if (line.Database is not null) text.Append(CultureInfo.InvariantCulture, $" {line.Database}.{line.Table}");
        text.Append(' ').Append(line.Message).Append('\n');
        return (line.Exception is null ? text : text.Append(line.Exception).Append('\n')).ToString();
    }
}
