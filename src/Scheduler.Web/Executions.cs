using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Executions
{
    static readonly QueryParameter<string?> Task = QueryParameter.Text("task", "Only executions of this task.");
    static readonly QueryParameter<ExecutionStatus?> Status = QueryParameter.Status<ExecutionStatus>("Only executions of this status.");
    static readonly QueryParameter<DateTimeOffset?> From = QueryParameter.Time("from", "Only executions scheduled at or after this instant.");
    static readonly QueryParameter<DateTimeOffset?> To = QueryParameter.Time("to", "Only executions scheduled before this instant.");

    public static void MapExecutions(this IEndpointRouteBuilder api)
    {
        var executions = api.MapGroup("/executions").WithTags("Executions");

        executions.MapGet("/", async (HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ListExecutionsAsync(new()
                {
                    Task = Task.Of(request), Status = Status.Of(request), From = From.Of(request), To = To.Of(request),
                    Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request),
                }, stop)))
            .Says("listExecutions", "Lists executions, the latest first")
            .Knows(Task, Status, From, To, QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<ExecutionView>>();

        executions.MapGet("/{id}", async (string id, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.GetExecutionAsync(id, stop)))
            .Says("getExecution", "Reads an execution")
            .Produces<ExecutionView>().Fails(404);

        executions.MapPost("/{id}/cancel", async (string id, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.CancelExecutionAsync(id, stop), 202))
            .Says("cancelExecution", "Asks an execution to stop", "It ends when its runs have stopped.")
            .Produces<ExecutionView>(202).Fails(404, 409);

        executions.MapPost("/{id}/retry", async (string id, Body<RetryRequest> body, ISchedulerClient client, CancellationToken stop) =>
                Retried(await client.RetryExecutionAsync(id, body.ReadIfAny()?.By, stop)))
            .Says("retryExecution", "Makes a new execution in place of one that did not end well", "Of a polling task it runs just the shards that failed or were cancelled, from where they stopped.")
            .Accepts<RetryRequest>(isOptional: true, "application/json").Produces<TriggerResult>(202).Fails(404, 409, 413, 415);

        executions.MapGet("/{id}/why", async (string id, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.WhyExecutionAsync(id, stop)))
            .Says("whyExecution", "Tells why an execution does not run, or not all of it")
            .Produces<WhyView>().Fails(404);
    }

    static IResult Retried(TriggerResult result) => Answer.Of(result, 202, $"/api/v1/executions/{Uri.EscapeDataString(result.ExecutionId)}");
}
