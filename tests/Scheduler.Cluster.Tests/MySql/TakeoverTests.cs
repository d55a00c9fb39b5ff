using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler.Cluster.Membership;
using Scheduler.Conformance.Servers;
using Scheduler.Storage;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.MySql;

/// <summary>A MariaDB database is an embedded scheduler's or a cluster's, in turn, and never both's at once.</summary>
[Collection("MariaDB"), NeedsMariaDb]
public sealed class TakeoverTests(MariaDbServer server)
{
    [StoreFact]
    public async Task Each_is_refused_beside_the_other_and_goes_on_after_it()
    {
        var connectionString = await server.DatabaseAsync();
        await using var source = new MySqlDataSource(connectionString);
        await SchedulerDatabase.CreateMySqlAsync(connectionString);
        using (var embedded = await StartAsync(Embedded))
        {
            await embedded.Services.GetRequiredService<ISchedulerClient>().CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
            Assert.Equal(1, await RunAsync(embedded));
            Assert.Contains("a process has it for itself", await RefusalAsync(Silo), StringComparison.Ordinal);
            await embedded.StopAsync();
        }
        using (var silo = await StartAsync(Silo))
        {
            using var another = await StartAsync(Silo);
            await another.StopAsync();
            Assert.Equal(2, await RunAsync(silo));
            Assert.Contains("expected no cluster on database", await RefusalAsync(Embedded), StringComparison.Ordinal);
            await silo.StopAsync();
        }
        using var again = await StartAsync(Embedded);
        Assert.Equal(3, await RunAsync(again));
        await again.StopAsync();

        void Embedded(HostApplicationBuilder builder) => builder.Services.AddScheduler(options => options.UseMySql(source).Limits(limits => limits with { LeaseFor = Patience.Lease }));

        void Silo(HostApplicationBuilder builder) => AddSilo(builder, connectionString, "tests");
    }

    [StoreFact]
    public async Task Another_cluster_is_refused_beside_one_that_lives()
    {
        var connectionString = await server.DatabaseAsync();
        await SchedulerDatabase.CreateMySqlAsync(connectionString);
        using (var silo = await StartAsync(builder => AddSilo(builder, connectionString, "tests")))
        {
            await silo.Services.GetRequiredService<ISchedulerClient>().CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });
            // In a process of its own: Orleans goes on for as long as a process lives where a silo that has read its members does not start.
            await using var another = ServerProcess.Of(typeof(Scheduler.Silo.ClusterSettings).Assembly, ["--urls", "http://127.0.0.1:0"], ("Scheduler__Cluster__Dialect", "mysql"), ("Scheduler__Cluster__ConnectionString", connectionString),
                ("Scheduler__Storage__Dialect", "mysql"), ("Scheduler__Storage__ConnectionString", connectionString), ("Scheduler__Cluster__AdvertisedAddress", "127.0.0.1"), ("Scheduler__Cluster__ClusterId", "another"),
                ("Scheduler__Cluster__SiloPort", $"{Ports.Free()}"), ("Scheduler__Cluster__GatewayPort", $"{Ports.Free()}"));
            Assert.Equal(1, await another.ExitCodeAsync());
            Assert.Contains($"silo {silo.Services.GetRequiredService<ClusterNode>().Silos.Own} lives and is no member of cluster another", another.Output, StringComparison.Ordinal);
            Assert.Equal(1, await RunAsync(silo)); // it never heard of it
            Assert.Single((await silo.Services.GetRequiredService<ISchedulerClient>().ListNodesAsync()).Items);
            await silo.StopAsync();
        }
        using var other = await StartAsync(builder => AddSilo(builder, connectionString, "another"));
        Assert.Equal(2, await RunAsync(other));
        await other.StopAsync();
    }

    static void AddSilo(HostApplicationBuilder builder, string connectionString, string cluster) => builder.UseOrleans(silo => silo
        .UseMySqlForOrleans(connectionString)
        .AddScheduler(options => options.UseMySql(connectionString).BePatient())
        .BePatient()
        .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
        .Configure<EndpointOptions>(options => (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback, Ports.Free(), Ports.Free())));

    static async Task<IHost> StartAsync(Action<HostApplicationBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(TestLog.Instance);
        builder.Services.AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters));
        configure(builder);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    static async Task<string> RefusalAsync(Action<HostApplicationBuilder> configure) =>
        Assert.IsType<StoreInUseException>((await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(configure))).GetBaseException()).Message;

    static async Task<long> RunAsync(IHost host)
    {
        var client = host.Services.GetRequiredService<ISchedulerClient>();
        return (await client.WaitForExecutionAsync((await client.TriggerTaskAsync("t")).ExecutionId)).Sequence;
    }
}
