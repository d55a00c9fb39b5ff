using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Tasks
{
    static readonly QueryParameter<ScheduledTaskStatus?> Status = QueryParameter.Status<ScheduledTaskStatus>("Only tasks of this status; all but the deleted where absent.");
    static readonly QueryParameter<string?> Search = QueryParameter.Text("q", "Only tasks whose name contains this.");
    static readonly QueryParameter<DeleteMode?> Mode = QueryParameter.OneOf<DeleteMode>("mode", "What becomes of its open executions: kill (where absent) cancels them; wait lets those that run end by themselves.");
    static readonly QueryParameter<int> Count = QueryParameter.Number("count", "How many occurrences.", 1, 1000, 10);
    static readonly QueryParameter<DateTimeOffset?> From = QueryParameter.Time("from", "Occurrences after this instant; after now where absent.");

    public static void MapTasks(this IEndpointRouteBuilder api)
    {
        var tasks = api.MapGroup("/tasks").WithTags("Tasks");

        tasks.MapPost("/", async (Body<TaskDefinition> body, ISchedulerClient client, CancellationToken stop) =>
                Created(await client.CreateTaskAsync(body.Read(), stop)))
            .Says("createTask", "Creates a task", "Its handler must be known by a live node.")
            .Accepts<TaskDefinition>("application/json").Produces<TaskView>(201).Fails(409, 413, 415);

        tasks.MapGet("/", async (HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ListTasksAsync(new()
                {
                    Status = Status.Of(request), Search = Search.Of(request), Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request),
                }, stop)))
            .Says("listTasks", "Lists tasks by name")
            .Knows(Status, Search, QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<TaskView>>();

        tasks.MapGet("/{name}", async (string name, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.GetTaskAsync(name, stop)))
            .Says("getTask", "Reads a task", "The ETag begins with the definition's version, and changes with all that is shown.")
            .Takes(RequestHeader.IfNoneMatchHeader).Produces<TaskView>().Produces(304).Fails(404);

        tasks.MapPut("/{name}", async (string name, Body<TaskDefinition> body, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.UpdateTaskAsync(name, body.Read(), RequestHeader.IfMatch(request), stop)))
            .Says("updateTask", "Replaces a task's definition", "With If-Match only where the definition is still that version. The name and the kind of the handler stay.")
            .Accepts<TaskDefinition>("application/json").Takes(RequestHeader.IfMatchHeader).Produces<TaskView>().Fails(404, 409, 412, 413, 415);

        tasks.MapDelete("/{name}", async (string name, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
            {
                await client.DeleteTaskAsync(name, Mode.Of(request) ?? DeleteMode.Kill, stop);
                return TypedResults.NoContent();
            })
            .Says("deleteTask", "Deletes a task", "It is due no more and its name is free at once; its history stays until it is purged.")
            .Knows(Mode).Fails(404);

        tasks.MapPost("/{name}/pause", async (string name, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.PauseTaskAsync(name, stop)))
            .Says("pauseTask", "Stops a task's schedule", "Nothing is due while it is paused. Open executions go on.")
            .Produces<TaskView>().Fails(404);

        tasks.MapPost("/{name}/resume", async (string name, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ResumeTaskAsync(name, stop)))
            .Says("resumeTask", "Starts a task's schedule again", "What was due meanwhile is dropped.")
            .Produces<TaskView>().Fails(404);

        tasks.MapPost("/{name}/trigger", async (string name, Body<TriggerRequest> body, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Triggered(await client.TriggerTaskAsync(name, (body.ReadIfAny() ?? new()) with { IdempotencyKey = RequestHeader.IdempotencyKey(request) }, stop)))
            .Says("triggerTask", "Asks for one execution now", "Whatever the schedule says. The same Idempotency-Key gives the same execution.")
            .Accepts<TriggerRequest>(isOptional: true, "application/json").Takes(RequestHeader.IdempotencyKeyHeader).Produces<TriggerResult>(202).Fails(404, 409, 413, 415, 422);

        tasks.MapGet("/{name}/next", async (string name, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(Occurrences(await client.NextOccurrencesAsync(name, Count.Of(request), From.Of(request), stop), Count.Of(request))))
            .Says("nextOccurrences", "Lists the next instants at which a task is due", "As if the task were enabled. Give \"next\" as \"from\" for those after.")
            .Knows(Count, From).Produces<Page<DateTimeOffset>>().Fails(404);

        tasks.MapGet("/{name}/progress", async (string name, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.GetProgressAsync(name, stop)))
            .Says("getProgress", "Tells how far the task's present or last round has got")
            .Produces<ProgressView>().Fails(404, 409);

        tasks.MapGet("/{name}/progress/databases", async (string name, HttpRequest request, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ListDatabaseProgressAsync(name, new() { Cursor = QueryParameter.Cursor.Of(request), Limit = QueryParameter.Limit.Of(request) }, stop)))
            .Says("listDatabaseProgress", "Tells how far that round has got in each database, by name")
            .Knows(QueryParameter.Cursor, QueryParameter.Limit).Produces<Page<DatabaseProgressView>>().Fails(404, 409);

        tasks.MapGet("/{name}/why", async (string name, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.WhyTaskAsync(name, stop)))
            .Says("whyTask", "Tells why a task does not run now, or not all of it")
            .Produces<WhyView>().Fails(404);
    }

    static IResult Created(TaskView task) => Answer.Of(task, 201, $"/api/v1/tasks/{Uri.EscapeDataString(task.Name)}");

    static IResult Triggered(TriggerResult result) => Answer.Of(result, 202, $"/api/v1/executions/{Uri.EscapeDataString(result.ExecutionId)}");

    /// <summary>Where as many are found as were asked for, more may follow.</summary>
    internal static Page<DateTimeOffset> Occurrences(IReadOnlyList<DateTimeOffset> instants, int asked) =>
        new(instants, instants.Count < asked ? null : WireText.Of(instants[^1]));
}
