using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler.Cluster.Hosting;

namespace Scheduler.Cluster.Tests;

/// <summary>
/// For all tests but those of loss: a test machine, or its database, may stand still for longer than a cluster's lease, and a silo must not be lost by that.
/// </summary>
static class Patience
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    static readonly TimeSpan probe = TimeSpan.FromSeconds(10);

    public static SchedulerClusterOptions BePatient(this SchedulerClusterOptions options, TimeSpan? lease = null) => options.Limits(limits => limits with { LeaseFor = lease ?? Lease });

    public static ISiloBuilder BePatient(this ISiloBuilder silo) => silo.Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = probe);
}
