using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class DeadLetters
{
    public static void MapDeadLetters(this IEndpointRouteBuilder api)
    {
        var letters = api.MapGroup("/tasks/{name}/deadLetters").WithTags("Dead letters");

        letters.MapGet("/", async (string name, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ListDeadLettersAsync(name, new() { Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request) }, stop)))
            .Says("listDeadLetters", "Lists rows that were put aside, the oldest first")
            .Knows(QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<DeadLetterView>>().Fails(404, 409);

        letters.MapPost("/replay", async (string name, Body<DeadLetterSelection> body, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ReplayDeadLettersAsync(name, body.ReadIfAny(), stop)))
            .Says("replayDeadLetters", "Has rows that were put aside processed again", "Those that succeed are removed, the others keep their new error. Without ids: the oldest 1,000.")
            .Accepts<DeadLetterSelection>(isOptional: true, "application/json").Produces<ReplayResult>().Fails(404, 409, 413, 415);

        letters.MapPost("/discard", async (string name, Body<DeadLetterSelection> body, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.DiscardDeadLettersAsync(name, body.ReadIfAny(), stop)))
            .Says("discardDeadLetters", "Forgets rows that were put aside", "Without ids: all of the task.")
            .Accepts<DeadLetterSelection>(isOptional: true, "application/json").Produces<DiscardResult>().Fails(404, 409, 413, 415);
    }
}
