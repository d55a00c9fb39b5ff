using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Requests;

namespace Scheduler.Web;

static class Tenants
{
    public static void MapTenants(this IEndpointRouteBuilder api)
    {
        var tenants = api.MapGroup("/tenants/{tenant}").WithTags("Tenants");

        tenants.MapGet("/", async (string tenant, ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.GetTenantAsync(tenant, stop)))
            .Says("getTenant", "Tells how a tenant stands", "One of which nothing was ever said is neither paused nor limited.").Produces<TenantView>();

        tenants.MapPut("/", async (string tenant, Body<TenantSettings> body, ISchedulerClient client, CancellationToken stop) =>
                Answer.Of(await client.ChangeTenantAsync(tenant, body.Read(), stop)))
            .Says("changeTenant", "Replaces what holds for a tenant", "A limit holds for executions that begin from now on; those that run already do not count.")
            .Accepts<TenantSettings>("application/json").Produces<TenantView>().Fails(413, 415);

        tenants.MapPost("/pause", async (string tenant, ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.PauseTenantAsync(tenant, stop)))
            .Says("pauseTenant", "Stops all schedules of a tenant", "What is due meanwhile is dropped, and triggers are refused. Open executions go on.").Produces<TenantView>();

        tenants.MapPost("/resume", async (string tenant, ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.ResumeTenantAsync(tenant, stop)))
            .Says("resumeTenant", "Lets a tenant's schedules go on", "Tasks that are paused themselves stay so.").Produces<TenantView>();

        api.MapPost("/pause", async (ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.PauseEverythingAsync(stop)))
            .WithTags("Tenants").Says("pauseEverything", "Stops all schedules of all tenants", "What is due meanwhile is dropped, and triggers are refused. Open executions go on.").Produces<PauseView>();

        api.MapPost("/resume", async (ISchedulerClient client, CancellationToken stop) => Answer.Of(await client.ResumeEverythingAsync(stop)))
            .WithTags("Tenants").Says("resumeEverything", "Ends that", "Tenants and tasks that are paused themselves stay so.").Produces<PauseView>();
    }
}
