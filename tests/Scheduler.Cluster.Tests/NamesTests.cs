using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler.Cluster.Hosting;

namespace Scheduler.Cluster.Tests;

/// <summary>Silos of the program, silos of applications, and clients find each other though nobody says how the cluster is called.</summary>
public sealed class NamesTests
{
    [Fact]
    public void They_are_called_as_the_silo_program_is() =>
        Assert.Equal([("scheduler", "scheduler"), ("scheduler", "scheduler")], [OfSilo(_ => { }, _ => { }), OfClient(_ => { })]);

    [Fact]
    public void An_application_that_says_otherwise_is_heard_wherever_it_says_so()
    {
        void Shop(IServiceCollection services) => services.Configure<ClusterOptions>(options => options.ClusterId = "shop");

        Assert.Equal([("shop", "scheduler"), ("shop", "scheduler"), ("shop", "scheduler")],
            [OfSilo(silo => Shop(silo.Services), _ => { }), OfSilo(_ => { }, silo => Shop(silo.Services)), OfClient(client => Shop(client.Services))]);
    }

    static (string, string) OfSilo(Action<ISiloBuilder> before, Action<ISiloBuilder> after)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo =>
        {
            before(silo);
            silo.UseLocalhostClustering().AddScheduler(options => options.UseSqlite("never-opened.db"));
            after(silo);
        });
        return Of(builder);
    }

    static (string, string) OfClient(Action<IClientBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSchedulerClient(client =>
        {
            client.UseStaticClustering();
            configure(client);
        });
        return Of(builder);
    }

    static (string, string) Of(HostApplicationBuilder builder)
    {
        using var host = builder.Build();
        var options = host.Services.GetRequiredService<IOptions<ClusterOptions>>().Value;
        return (options.ClusterId, options.ServiceId);
    }
}
