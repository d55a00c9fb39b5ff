using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Stats
{
    static readonly QueryParameter<string?> Task = QueryParameter.Text("task", "Only executions of this task.");
    static readonly QueryParameter<DateTimeOffset?> From = QueryParameter.Time("from", "From the bucket of this instant on; without it 24 hours, or 30 days.");
    static readonly QueryParameter<DateTimeOffset?> To = QueryParameter.Time("to", "Up to the bucket of this instant; without it up to now.");
    static readonly QueryParameter<StatsBucket?> Bucket = QueryParameter.OneOf<StatsBucket>("bucket", "How long a point is: an hour (as without it), or a day of UTC.");

    public static void MapStats(this IEndpointRouteBuilder api) =>
        api.MapGet("/stats", async (HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.GetStatsAsync(new() { Task = Task.Of(request), From = From.Of(request), To = To.Of(request), Bucket = Bucket.Of(request) ?? StatsBucket.Hour }, stop)))
            .WithTags("Executions").Says("getStats", "Counts the executions that ended, hour by hour or day by day", "Each is counted once, by when it ended. At most 1,000 points.")
            .Knows(Task, From, To, Bucket).Produces<StatsView>();
}
