using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler;
using Scheduler.Cluster;
using ShopClient;

// The shop's front: it runs no handler and keeps nothing. It asks the cluster of the shop's workers for work, and watches it.
var builder = WebApplication.CreateBuilder(args);
var database = builder.Configuration["Shop:Database"] ?? throw new InvalidOperationException("Shop:Database: expected the database in which the workers find each other, got nothing");

builder.Services.AddSchedulerClient(client => client
    .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("MySql.Data.MySqlConnector", database))
    .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("shop", "shop")));
builder.Services.AddHostedService<Tasks>();
builder.Services.AddHostedService<Happenings>();

var app = builder.Build();
app.MapGet("/workers", async (ISchedulerClient scheduler) => (await scheduler.ListNodesAsync()).Items.Select(node => new { node.Id, node.Status, node.Handlers }));

// Whoever presses the button twice, or asks again because no answer came, gets one and the same run.
app.MapPost("/index/{day}", async (DateOnly day, ISchedulerClient scheduler) =>
{
    var made = await scheduler.TriggerTaskAsync("index-orders", new() { By = "the shop", IdempotencyKey = $"index of {day:O}" });
    return Results.Accepted($"/runs/{made.ExecutionId}", made);
});

app.MapGet("/runs/{id}", async (string id, ISchedulerClient scheduler) =>
{
    try
    {
        var run = await scheduler.GetExecutionAsync(id);
        return Results.Ok(new { run.Status, run.Rows, run.EndedAt, run.Error });
    }
    catch (SchedulerException unknown) when (unknown.Kind == SchedulerErrorKind.NotFound)
    {
        return Results.NotFound(unknown.Message);
    }
});
app.Run();
