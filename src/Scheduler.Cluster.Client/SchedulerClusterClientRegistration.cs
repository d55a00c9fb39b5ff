using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Scheduler.Cluster;

/// <summary>Registers the client of a cluster.</summary>
public static class SchedulerClusterClientRegistration
{
    /// <summary>
    /// Registers an <see cref="ISchedulerClient"/> over the cluster's gateways. It answers from when the host has started. Where nobody says otherwise the
    /// cluster's ClusterId and ServiceId are <c>scheduler</c>, as the silo program's.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">At least where the gateways are found: <c>client => client.UseAdoNetClustering(…)</c> or <c>UseStaticClustering(…)</c>.</param>
    public static IServiceCollection AddSchedulerClient(this IServiceCollection services, Action<IClientBuilder> configure)
    {
        services.AddOrleansClient(client =>
        {
            client.Services.AddClusterNames();
            // A call through a gateway that died is known to be lost after this, instead of half a minute.
            client.Configure<ClientMessagingOptions>(options => (options.ResponseTimeout, options.CancelRequestOnTimeout) = (TimeSpan.FromSeconds(5), true));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            client.UseConnectionRetryFilter<WaitForCluster>();
            configure(client);
        });
        return services.AddSchedulerClientOverGrains();
    }

    /// <summary>
    /// Registers an <see cref="ISchedulerClient"/> over the <see cref="IGrainFactory"/> that the application has already: its own cluster client's, with that client's
    /// own settings. Orleans' own response timeout is 30 seconds: so long does a call through a gateway that died hang, and what only reads twice as long. Five seconds are
    /// <c>client.Configure&lt;ClientMessagingOptions&gt;(o => o.ResponseTimeout = TimeSpan.FromSeconds(5))</c>.
    /// </summary>
    public static IServiceCollection AddSchedulerClientOverGrains(this IServiceCollection services) =>
        services.AddSingleton<ISchedulerClient>(provider => new ClusterSchedulerClient(provider.GetRequiredService<IClusterClient>()));

    /// <summary>An application that starts before its cluster waits for it.</summary>
    sealed class WaitForCluster(ILoggerFactory logs) : IClientConnectionRetryFilter
    {
        static readonly TimeSpan Between = TimeSpan.FromSeconds(1), TellEvery = TimeSpan.FromSeconds(10);

        readonly ILogger log = logs.CreateLogger("Scheduler.Cluster");
        long? told;

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            // It may wait for good, where a setting is wrong.
            if (told is not { } last || TimeProvider.System.GetElapsedTime(last) >= TellEvery)
            {
                log.LogWarning("The application does not start before it reaches the cluster, and it cannot yet: {Reason}", exception.GetBaseException().Message);
                told = TimeProvider.System.GetTimestamp();
            }
            await Task.Delay(Between, cancellationToken);
            return true;
        }
    }
}
