using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Shards
{
    static readonly QueryParameter<ShardStatus?> Status = QueryParameter.Status<ShardStatus>("Only shards of this status.");
    static readonly QueryParameter<string?> Database = QueryParameter.Text("db", "Only shards of this database.");

    public static void MapShards(this IEndpointRouteBuilder api) =>
        api.MapGet("/tasks/{name}/shards", async (string name, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ListShardsAsync(name, new()
                {
                    Status = Status.Of(request), Database = Database.Of(request), Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request),
                }, stop)))
            .WithTags("Shards").Says("listShards", "Lists a polling task's shards by database and table")
            .Knows(Status, Database, QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<ShardView>>().Fails(404, 409);
}
