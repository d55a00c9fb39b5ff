using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Scheduler.Cluster.Tests;
using Scheduler.Cluster.Tests.Processes;
using Scheduler.Conformance.Servers;

namespace Scheduler.Cluster.Benchmarks.Hosts;

/// <summary>
/// One cluster's silos in this process, set up as the silo's program sets them up: members in the database, sockets on loopback, the defaults of
/// everything. In this process, since then they are as warm as what they are compared with, and are measured by the same clocks.
/// </summary>
sealed class SiloHosts : IAsyncDisposable
{
    static readonly TimeSpan betweenLooks = TimeSpan.FromMilliseconds(50);

    readonly List<IHost> hosts = [];

    /// <summary>In the silo that was started first: as its HTTP interface calls.</summary>
    public ISchedulerClient Client => hosts[0].Services.GetRequiredService<ISchedulerClient>();

    public IGrainFactory Grains => hosts[0].Services.GetRequiredService<IGrainFactory>();

    /// <param name="count">How many silos.</param>
    /// <param name="database">Theirs.</param>
    /// <param name="handlers">The handlers of each, by its number.</param>
    public static async Task<SiloHosts> StartAsync(int count, ClusterDatabase database, Action<int, IServiceCollection> handlers)
    {
        await database.InSilo.CreateAsync();
        var silos = new SiloHosts();
        try
        {
            for (var silo = 0; silo < count; silo++)
            {
                silos.hosts.Add(Build(database, services => handlers(silo, services)));
                await silos.hosts[^1].StartAsync();
            }
            var management = silos.Grains.GetGrain<IManagementGrain>(0);
            while ((await management.GetHosts(onlyActive: true)).Count < count) await Task.Delay(betweenLooks);
            return silos;
        }
        catch
        {
            await silos.DisposeAsync();
            throw;
        }
    }

    static IHost Build(ClusterDatabase database, Action<IServiceCollection> handlers)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddFilter("Orleans", LogLevel.None).AddSimpleConsole(); // a silo that is stopped tells of all that it leaves
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("benchmark", "benchmark"));
            silo.Configure<EndpointOptions>(options => (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback, Ports.Free(), Ports.Free()));
            database.InSilo.UseForOrleans(silo);
            silo.AddScheduler(database.InSilo.Use);
        });
        handlers(builder.Services);
        return builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
