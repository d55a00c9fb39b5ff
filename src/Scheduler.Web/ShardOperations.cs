using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class ShardOperations
{
    public static void MapShardOperations(this IEndpointRouteBuilder api)
    {
        var task = api.MapGroup("/tasks/{name}").WithTags("Shards");

        task.MapPost("/shards/pause", async (string name, Body<ShardSelection> body, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.PauseShardsAsync(name, body.ReadIfAny(), stop), 202))
            .Says("pauseShards", "Pauses shards", "They are not run, and no round waits for them. Without database and table: all of the task.")
            .Accepts<ShardSelection>(isOptional: true, "application/json").Produces<ShardsResult>(202).Fails(404, 409, 413, 415);

        task.MapPost("/shards/resume", async (string name, Body<ShardSelection> body, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ResumeShardsAsync(name, body.ReadIfAny(), stop), 202))
            .Says("resumeShards", "Lets paused shards run again", "In the round that is under way from where they stand, else in the next.")
            .Accepts<ShardSelection>(isOptional: true, "application/json").Produces<ShardsResult>(202).Fails(404, 409, 413, 415);

        task.MapPost("/shards/rewind", async (string name, Body<RewindRequest> body, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.RewindShardsAsync(name, body.Read(), stop), 202))
            .Says("rewindShards", "Has the next round of shards begin elsewhere", "To the beginning, a time (incremental modes) or a key (mode full). Refused while a round is under way.")
            .Accepts<RewindRequest>("application/json").Produces<ShardsResult>(202).Fails(404, 409, 413, 415);

        task.MapPost("/databases/{database}/quarantine", async (string name, string database, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.QuarantineDatabaseAsync(name, database, stop)))
            .Says("quarantineDatabase", "Keeps a database from being read", "Until it is released. A round waits for its shards in that database, as long as the task's timeout lets it.")
            .Produces<TaskView>().Fails(404, 409);

        task.MapPost("/databases/{database}/release", async (string name, string database, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ReleaseDatabaseAsync(name, database, stop)))
            .Says("releaseDatabase", "Lets a database be read again")
            .Produces<TaskView>().Fails(404, 409);
    }
}
