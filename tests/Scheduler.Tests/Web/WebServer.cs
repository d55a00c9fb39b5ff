using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Tests.Fakes;
using Scheduler.Web;

namespace Scheduler.Tests.Web;

/// <summary>The HTTP interface on a real port of this machine, with a fake scheduler behind it.</summary>
sealed class WebServer : IAsyncDisposable
{
    readonly WebApplication app;

    WebServer(WebApplication app, FakeScheduler scheduler)
    {
        (this.app, Scheduler) = (app, scheduler);
        Http = new() { BaseAddress = Address };
    }

    public FakeScheduler Scheduler { get; }
    public Uri Address => new(app.Urls.First());
    public HttpClient Http { get; }

    /// <param name="settings">Settings such as <c>Scheduler:ApiKey</c>.</param>
    /// <param name="url">Where it listens.</param>
    /// <param name="ready">What readiness says.</param>
    public static async Task<WebServer> StartAsync((string, string)[]? settings = null, string url = "http://127.0.0.1:0", HealthCheckResult? ready = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection((settings ?? []).Select(setting => KeyValuePair.Create<string, string?>(setting.Item1, setting.Item2)));
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var scheduler = new FakeScheduler();
        builder.Services.AddSingleton<ISchedulerClient>(scheduler);
        builder.Services.AddSchedulerWeb();
        builder.Services.AddHealthChecks().AddCheck("scheduler", () => ready ?? HealthCheckResult.Healthy());
        var app = builder.Build();
        app.MapScheduler();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new(app, scheduler);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }
}
