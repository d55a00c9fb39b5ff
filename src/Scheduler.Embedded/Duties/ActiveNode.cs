using Microsoft.Extensions.Diagnostics.HealthChecks;
using Scheduler.Running;

namespace Scheduler.Duties;

/// <summary>A node that runs: nobody else does, as long as it lives.</summary>
sealed class ActiveNode(Node node) : IDuty
{
    readonly Watch watch = new(node, (LocalRouter)node.Router);

    public Node Node => node;

    public HealthCheckResult Health =>
        node.Stopping ? HealthCheckResult.Unhealthy("the scheduler does not run in this process")
        : node.Reach.IsConnected ? HealthCheckResult.Healthy(data: Role("active"))
        : HealthCheckResult.Unhealthy("the store is out of reach; runs were cancelled and go on when it is back", data: Role("cutOff"));

    public Task StartAsync(CancellationToken cancellationToken) => watch.StartAsync(cancellationToken);

    public Task StopAsync() => watch.StopAsync();

    /// <summary>Cancels everything at once: what it runs is another's.</summary>
    public Task GiveUpAsync(string reason)
    {
        node.Stopping = true;
        node.Slots.Suspend();
        ((LocalRouter)node.Router).AbandonAll(reason);
        return watch.StopAsync();
    }

    static Dictionary<string, object> Role(string role) => new() { ["role"] = role };
}
