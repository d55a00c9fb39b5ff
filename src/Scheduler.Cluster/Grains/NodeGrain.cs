using Orleans.Concurrency;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.Placement;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Grains;

/// <summary>What one silo asks another, by the node's id.</summary>
[Alias("scheduler.node")]
interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Whether it reaches the database.</summary>
    [Alias("isConnected"), ResponseTimeout("00:00:02")]
    Task<bool> IsConnectedAsync();

    /// <summary>Writes the lines that it holds.</summary>
    [Alias("writeLines"), ResponseTimeout("00:00:02")]
    Task WriteLinesAsync();

    /// <summary>Reads who is paused, limited and drained.</summary>
    [Alias("ordersChanged"), ResponseTimeout("00:00:02")]
    Task OrdersChangedAsync();

    /// <summary>A node can run handlers from now on, or says so anew.</summary>
    [OneWay, Alias("nodesChanged")]
    Task NodesChangedAsync();

    /// <summary>What happens in it.</summary>
    [Alias("watch")]
    IAsyncEnumerable<Envelope> WatchAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>Makes a client's call there: it wants a handler that is there.</summary>
    [Alias("run")]
    IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken);
}

/// <summary>This silo, for the others. It keeps nothing and waits for no entity within a turn, so it interleaves.</summary>
[GrainType(GrainKeys.Node), Reentrant, AtNodePlacement]
sealed class NodeGrain(ClusterNode cluster, Calls.ClientCalls calls) : Grain, INodeGrain
{
    public Task<bool> IsConnectedAsync() => Task.FromResult(cluster.IsConnected);

    public Task WriteLinesAsync() => cluster.Node.Logs.FlushAsync();

    public Task OrdersChangedAsync() => cluster.Node.Orders.RefreshAsync(CancellationToken.None);

    public Task NodesChangedAsync()
    {
        cluster.NodesChanged();
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<Envelope> WatchAsync(string tenant, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var happened in cluster.Node.Events.WatchAsync(tenant, cancellationToken)) yield return Envelope.Of(happened);
    }

    public IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken) => calls.RunAsync(call, cancellationToken);
}
