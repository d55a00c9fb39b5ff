using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Hosting;
using Scheduler.Cluster.Membership;
using Scheduler.Conformance.Servers;

namespace Scheduler.Cluster.Tests;

/// <summary>Silos over sockets, whose members, reminders, grains and tasks are all in one database: what sql/ holds is all that a cluster needs.</summary>
public abstract class DatabaseTests
{
    /// <summary>A database that nobody has used, and how silos use it.</summary>
    protected abstract Task<(Func<Task> Create, Action<ISiloBuilder> Orleans, Action<SchedulerClusterOptions> Scheduler)> DatabaseAsync();

    [StoreFact]
    public async Task Two_silos_share_a_round_and_one_of_them_ends_it()
    {
        var (create, orleans, scheduler) = await DatabaseAsync();
        await Task.WhenAll(create(), create());
        var numbers = new[] { new Numbers(2000), new Numbers(2000) };
        foreach (var each in numbers) each.Process = (_, stop) => Task.Delay(20, stop);
        using var first = await StartAsync(0);
        using var second = await StartAsync(1);
        var client = first.Services.GetRequiredService<ISchedulerClient>();
        var cluster = first.Services.GetRequiredService<ClusterNode>();
        await Silos.UntilAsync(() => Task.FromResult(cluster.Silos.Alive.Count == 2), () => "two members");
        await client.CreateTaskAsync(new() { Name = "orders", Handler = new() { Polling = new() { Handler = "numbers", PageSize = 50, Shards = new() { Databases = "db_{0..3}", Tables = "t_{0..4}" } } } });
        await client.CreateTaskAsync(new() { Name = "often", Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "echo" } } });
        var id = (await client.TriggerTaskAsync("orders")).ExecutionId;
        await Silos.UntilAsync(() => Task.FromResult(numbers.All(each => !each.Seen.IsEmpty)), () => "both silos to process rows");

        await second.StopAsync();
        await Silos.UntilAsync(async () => (await client.GetExecutionAsync(id)).EndedAt is not null, () => "the round to end");
        Assert.Equal((ExecutionStatus.Succeeded, 40_000), ((await client.GetExecutionAsync(id)).Status, (await client.GetExecutionAsync(id)).Rows));
        Assert.Equal(40_000, numbers.Sum(each => each.Seen.Count));
        await Silos.UntilAsync(async () => (await client.ListExecutionsAsync(new() { Task = "often" })).Items.Count >= 3, () => "what is due each second to run");

        // What a bucket remembers is in Orleans' own storage, and its reminder in Orleans' own table.
        var grains = first.Services.GetRequiredService<IGrainFactory>();
        var bucket = grains.GetGrain<IBucketGrain>(0);
        await bucket.AsReference<IRemindable>().ReceiveReminder("keep", default);
        await bucket.AsReference<IRemindable>().ReceiveReminder("keep", default);
        await first.StopAsync();

        async Task<IHost> StartAsync(int silo)
        {
            var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(TestLog.Instance);
            builder.Services.AddPolling("numbers", numbers[silo]).AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters));
            builder.UseOrleans(host =>
            {
                orleans(host);
                host.AddScheduler(options =>
                {
                    scheduler(options);
                    options.BePatient().Buckets = 2;
                }).BePatient();
                host.Configure<EndpointOptions>(options => (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback, Ports.Free(), Ports.Free()));
            });
            var app = builder.Build();
            await app.StartAsync();
            return app;
        }
    }
}

[NeedsPostgres]
public sealed class PostgreSqlTests(PostgresServer server) : DatabaseTests, IClassFixture<PostgresServer>
{
    protected override async Task<(Func<Task>, Action<ISiloBuilder>, Action<SchedulerClusterOptions>)> DatabaseAsync()
    {
        var connectionString = await server.SchemaAsync();
        return (() => SchedulerDatabase.CreatePostgreSqlAsync(connectionString), silo => silo.UsePostgreSqlForOrleans(connectionString), options => options.UsePostgreSql(connectionString));
    }
}

[NeedsMariaDb]
public sealed class MariaDbTests(MariaDbServer server) : DatabaseTests, IClassFixture<MariaDbServer>
{
    protected override async Task<(Func<Task>, Action<ISiloBuilder>, Action<SchedulerClusterOptions>)> DatabaseAsync()
    {
        await server.RunAsync("cluster", "SELECT 1;");
        var connectionString = server.ConnectionString("cluster");
        return (() => SchedulerDatabase.CreateMySqlAsync(connectionString), silo => silo.UseMySqlForOrleans(connectionString), options => options.UseMySql(connectionString));
    }
}
