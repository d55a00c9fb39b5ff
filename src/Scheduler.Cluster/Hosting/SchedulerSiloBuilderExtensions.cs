using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Scheduler.Client;
using Scheduler.Cluster.Calls;
using Scheduler.Cluster.Hosting;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.Placement;
using Scheduler.Cluster.State;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler.Cluster;

/// <summary>Runs the scheduler in the silos of an Orleans cluster.</summary>
public static class SchedulerSiloBuilderExtensions
{
    /// <summary>
    /// Runs the scheduler in this silo. Handlers come from <c>AddTaskHandler</c> and <c>AddPolling</c>, and need not be the same in all silos;
    /// <see cref="ISchedulerClient"/> can be injected anywhere. The cluster wants a membership, reminders, and a grain storage named
    /// <c>schedulerGrains</c>: <see cref="SchedulerDatabase"/> sets up all three. Where nobody says otherwise its ClusterId and ServiceId are <c>scheduler</c>, as the silo program's.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">At least where everything is remembered: <c>o => o.UsePostgreSql(…)</c>.</param>
    public static ISiloBuilder AddScheduler(this ISiloBuilder silo, Action<SchedulerClusterOptions> configure)
    {
        var settings = new SchedulerClusterOptions();
        configure(settings);
        var services = silo.Services;
        services.AddClusterNames();
        services.AddSingleton(settings);
        services.TryAddSingleton<HandlerCatalog>();
        services.AddSingleton<LivingSilos>();
        services.AddSingleton<ClusterNode>();
        services.AddSingleton<ClientCalls>();
        services.AddSingleton<OtherSilos>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<ClusterNode>());
        services.AddSingleton<ISchedulerClient>(provider =>
        {
            var cluster = provider.GetRequiredService<ClusterNode>();
            return new DirectClient(() => cluster.Node, others: provider.GetRequiredService<OtherSilos>());
        });
        services.AddGrainStorage(SchedulerGrainStorage.Name, (provider, _) =>
        {
            var cluster = provider.GetRequiredService<ClusterNode>();
            return new SchedulerGrainStorage(() => cluster.Node);
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, RunLoggerProvider>());
        services.AddPlacementDirector<FitPlacement, FitPlacementDirector>();
        services.AddPlacementDirector<AtNodePlacement, AtNodePlacementDirector>();
        services.AddHealthChecks().AddCheck<ClusterHealth>("scheduler");
        silo.AddReminders();
        // When a silo is lost this directory asks the others what runs in them; Orleans' default stops a part of it.
        // It keeps nobody waiting until the lost silo has surely ended: rows are guarded by their versions, and runs wait for its lease.
#pragma warning disable ORLEANSEXP003 // it may change; nothing is stored in it
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.Zero);

        // A silo that was killed is known to be lost within a second or two. The price: one vote is enough, and a pause of two seconds is the end of a silo.
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedProbesLimit = 2;
            options.NumVotesForDeathDeclaration = 1;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        });
        // A stream that has nothing to say says so after half of this, which clients wait for: they give a silo up after five seconds.
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(8));
        return silo;
    }

    /// <summary>Whether the silo serves.</summary>
    sealed class ClusterHealth(ClusterNode cluster) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(cluster.IsConnected
            ? HealthCheckResult.Healthy(data: new Dictionary<string, object> { ["role"] = "silo", ["silos"] = cluster.Silos.Alive.Count })
            : HealthCheckResult.Unhealthy("the silo has not started, stops, or cannot reach its database; what it ran goes on elsewhere"));
    }
}
