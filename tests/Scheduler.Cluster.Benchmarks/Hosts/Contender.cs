using Microsoft.Extensions.DependencyInjection;
using Scheduler.Benchmarks;
using Scheduler.Cluster.Tests.Processes;

namespace Scheduler.Cluster.Benchmarks.Hosts;

/// <summary>A host that is measured beside others.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Silos">How many silos it is; none: the embedded host.</param>
sealed record Contender(string Name, int Silos)
{
    public static Contender Embedded { get; } = new("embedded host", 0);

    public static Contender OneSilo { get; } = new("one silo", 1);

    public static Contender ThreeSilos { get; } = new("three silos", 3);

    /// <param name="database">Where it keeps everything.</param>
    /// <param name="handlers">The handlers of each process that it would be, by its number.</param>
    public async Task<RunningHost> StartAsync(ClusterDatabase database, Action<int, IServiceCollection> handlers)
    {
        if (Silos > 0)
        {
            var silos = await SiloHosts.StartAsync(Silos, database, handlers);
            return new(silos.Client, silos.Grains, silos);
        }
        var host = await EmbeddedHost.StartAsync(services => handlers(0, services), database.Embedded);
        return new(host.Client, null, host);
    }
}

/// <summary>One that runs.</summary>
/// <param name="Client">In its process.</param>
/// <param name="Grains">Its grains, where it is a cluster.</param>
/// <param name="Host">What ends it.</param>
sealed record RunningHost(ISchedulerClient Client, IGrainFactory? Grains, IAsyncDisposable Host) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
