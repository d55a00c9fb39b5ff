using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Web.OpenApi;
using Scheduler.Web.Problems;
using Scheduler.Web.Requests;
using Scheduler.Web.Security;

namespace Scheduler.Web;

/// <summary>The HTTP interface over whichever <see cref="ISchedulerClient"/> the application has registered.</summary>
public static class SchedulerWeb
{
    /// <summary>Registers what <see cref="MapScheduler"/> needs. Readiness is what the application's health checks say.</summary>
    public static IServiceCollection AddSchedulerWeb(this IServiceCollection services)
    {
        services.AddHealthChecks();
        services.AddSchedulerOpenApi();
        services.AddSingleton<ConfiguredKey>();
        services.AddHostedService<ExposureGuard>();
        return services;
    }

    /// <summary>
    /// Maps <c>/api/v1</c>, <c>/healthz</c>, <c>/openapi/v1.json</c> and <c>/swagger</c>, with problem details for whatever fails
    /// under <c>/api</c>, and the API key as <see cref="UseSchedulerApiKey"/> asks for it.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="AddSchedulerWeb"/> was not called.</exception>
    public static WebApplication MapScheduler(this WebApplication app)
    {
        app.UseSchedulerApiKey();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), api => api.UseMiddleware<ProblemAnswers>());
        app.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "swagger";
            ui.SwaggerEndpoint("/openapi/v1.json", "Scheduler");
        });

        var api = app.MapGroup("/api/v1").AddEndpointFilter(KnownQuery.RefuseOthers).Fails(400, 401, 403, 500, 503);
        api.MapTasks();
        api.MapShards();
        api.MapShardOperations();
        api.MapDeadLetters();
        api.MapExecutions();
        api.MapLogs();
        api.MapStats();
        api.MapCalendars();
        api.MapNodes();
        api.MapEvents();
        app.MapHealth();
        app.MapOpenApi();
        return app;
    }

    /// <summary>
    /// Asks every request under <c>/api</c> for the <c>X-Api-Key</c> that <c>Scheduler:ApiKey</c> sets. Without that setting only this machine is served,
    /// and an application that listens elsewhere does not start. <see cref="MapScheduler"/> calls it; calling it twice changes nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="AddSchedulerWeb"/> was not called.</exception>
    public static WebApplication UseSchedulerApiKey(this WebApplication app)
    {
        if (app.Services.GetService<ConfiguredKey>() is null)
            throw new InvalidOperationException("expected services.AddSchedulerWeb() before the application was built");
        var builder = (IApplicationBuilder)app;
        if (builder.Properties.TryAdd(nameof(UseSchedulerApiKey), true))
            builder.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), api => api.UseMiddleware<KeyCheck>());
        return app;
    }
}
