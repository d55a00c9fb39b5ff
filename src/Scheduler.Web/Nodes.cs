using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;

namespace Scheduler.Web;

static class Nodes
{
    public static void MapNodes(this IEndpointRouteBuilder api)
    {
        var nodes = api.MapGroup("/nodes").WithTags("Nodes");

        nodes.MapGet("/", async (ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.ListNodesAsync(stop)))
            .Says("listNodes", "Lists the processes that run handlers, and those that stand by").Produces<Page<NodeView>>();

        nodes.MapPost("/{id}/drain", async (string id, ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.DrainNodeAsync(id, stop)))
            .Says("drainNode", "Has a node begin nothing more", "Pages and runs under way end; what waits for a slot of it waits.").Produces<NodeView>().Fails(404);

        nodes.MapPost("/{id}/undrain", async (string id, ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.UndrainNodeAsync(id, stop)))
            .Says("undrainNode", "Has a node begin again").Produces<NodeView>().Fails(404);
    }
}
