using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Conformance.Clients;

namespace Scheduler.Cluster.Tests;

/// <summary>Two silos, of which one has some of the suite's handlers and the other the rest.</summary>
public sealed class ConformanceSilos : IAsyncLifetime
{
    Silos silos = null!;

    public ISchedulerClient OverGateway => silos.Client;

    public ISchedulerClient InSilo => silos.Cluster.Silos[0].ServiceProvider.GetRequiredService<ISchedulerClient>();

    public async Task InitializeAsync() => silos = await Silos.StartAsync(2, (silo, services) =>
    {
        if (silo == 0)
            services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)).AddPolling("numbers", new Numbers(25)).AddTaskHandler("tell", (context, _) =>
            {
                for (var line = 1; line <= 5; line++) context.Logger.Log(line == 4 ? LogLevel.Warning : LogLevel.Information, "line {Line}", line);
                return Task.CompletedTask;
            });
        else
            services.AddTaskHandler("fail", Task<object?> (_, _) => throw new InvalidOperationException("it was to fail")).AddTaskHandler("hang", (_, stop) => Task.Delay(Timeout.Infinite, stop)).AddTaskHandler("tell", (context, _) =>
            {
                for (var line = 1; line <= 5; line++) context.Logger.Log(line == 4 ? LogLevel.Warning : LogLevel.Information, "line {Line}", line);
                return Task.CompletedTask;
            });
    });

    public async Task DisposeAsync() => await silos.DisposeAsync();
}

/// <summary>The suite through a gateway, as a business application calls.</summary>
public sealed class GatewayConformance(ConformanceSilos silos) : ClientConformance, IClassFixture<ConformanceSilos>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(silos.OverGateway);
}

/// <summary>The suite in a silo's own process, as the HTTP interface calls.</summary>
public sealed class InSiloConformance(ConformanceSilos silos) : ClientConformance, IClassFixture<ConformanceSilos>
{
    protected override Task<ISchedulerClient> OpenAsync() => Task.FromResult(silos.InSilo);
}
