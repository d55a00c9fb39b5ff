using Microsoft.Extensions.Diagnostics.HealthChecks;
using Scheduler.Running;

namespace Scheduler.Duties;

/// <summary>What this process is to its store: the only one that runs what it holds, or one of several that take turns.</summary>
interface IDuty
{
    /// <summary>The node that the process has at present; it may be one that runs nothing.</summary>
    Node Node { get; }

    /// <summary>Whether the process can be given work, and its role.</summary>
    HealthCheckResult Health { get; }

    Task StartAsync(CancellationToken cancellationToken);

    Task StopAsync();
}
