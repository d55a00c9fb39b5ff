using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;

namespace Scheduler.Web;

static class Nodes
{
    public static void MapNodes(this IEndpointRouteBuilder api) =>
        api.MapGet("/nodes", async (ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.ListNodesAsync(stop)))
            .WithTags("Nodes").Says("listNodes", "Lists the processes that run handlers, and those that stand by").Produces<Page<NodeView>>();
}
