using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Scheduler.Cluster;

/// <summary>How a cluster is called where nobody says otherwise: the same for silos of the program, for silos of applications, and for clients, so that they find each other.</summary>
static class ClusterNames
{
    /// <summary>The ClusterId and ServiceId.</summary>
    public const string Default = "scheduler";

    /// <summary>Has them as <see cref="Default"/>, before whatever the application has configured already or does later.</summary>
    public static void AddClusterNames(this IServiceCollection services) =>
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<ClusterOptions>>(new ConfigureOptions<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (Default, Default))));
}
