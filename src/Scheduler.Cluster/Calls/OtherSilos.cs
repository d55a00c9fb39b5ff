using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Orleans.Runtime;
using Scheduler.Client;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Membership;
using Scheduler.Running;

namespace Scheduler.Cluster.Calls;

/// <summary>What a client in one silo wants of the others.</summary>
sealed class OtherSilos(ClusterNode cluster, IGrainFactory grains) : IOtherNodes
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public async ValueTask<ISchedulerClient?> WithHandlerAsync(string handler, CancellationToken cancellationToken)
    {
        var fit = (await cluster.Node.Peers.FitAsync(handler, cancellationToken)).Where(node => node != cluster.Silos.Own && !cluster.Node.Orders.IsDrained(node)).ToArray();
        return fit.Length == 0 ? null : new ClusterSchedulerClient(new OneSilo(grains.NodeGrain(fit[Random.Shared.Next(fit.Length)])));
    }

    // What one holds is read when it is written.
    public Task WriteLinesAsync(CancellationToken cancellationToken) => EachAsync(node => node.WriteLinesAsync());

    public Task OrdersChangedAsync(CancellationToken cancellationToken) => EachAsync(node => node.OrdersChangedAsync());

    /// <summary>Asks all others; one that does not answer is left out.</summary>
    Task EachAsync(Func<INodeGrain, Task> ask) => Task.WhenAll(cluster.Silos.Alive.Where(node => node != cluster.Silos.Own).Select(async node =>
    {
        try
        {
            await ask(grains.NodeGrain(node));
        }
        catch (Exception failure) when (failure is OrleansException or TimeoutException)
        {
            // It is lost, or about to be.
        }
    }));

    /// <remarks>A silo that cannot be watched is asked again; what happens in it meanwhile is missed.</remarks>
    public async IAsyncEnumerable<SchedulerEvent> WatchAsync(string tenant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var line = Channel.CreateBounded<SchedulerEvent>(new BoundedChannelOptions(EventBus.Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        // Its own silo ends the line when it stops; the others come and go.
        var own = PumpAsync(cluster.Node.Events.WatchAsync(tenant, stop.Token), line.Writer);
        _ = own.ContinueWith(_ => line.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var others = Task.Run(() => FollowAsync(tenant, line.Writer, stop.Token), CancellationToken.None);
        try
        {
            var id = 0L; // each silo counts its own
            await foreach (var happened in line.Reader.ReadAllAsync(cancellationToken)) yield return happened with { Id = ++id };
        }
        finally
        {
            await stop.CancelAsync();
            await others;
        }
    }

    async Task FollowAsync(string tenant, ChannelWriter<SchedulerEvent> line, CancellationToken stop)
    {
        var watched = new Dictionary<string, Task>();
        try
        {
            while (true)
            {
                foreach (var gone in watched.Where(each => each.Value.IsCompleted).ToArray()) watched.Remove(gone.Key);
                foreach (var node in cluster.Silos.Alive.Where(each => each != cluster.Silos.Own && !watched.ContainsKey(each)))
                    watched.Add(node, PumpAsync(OfAsync(node, tenant, stop), line));
                await Task.Delay(LookAgain, stop);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(watched.Values);
        }
    }

    async IAsyncEnumerable<SchedulerEvent> OfAsync(string node, string tenant, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var happened in grains.NodeGrain(node).WatchAsync(tenant, stop).WithCancellation(stop)) yield return happened.Open<SchedulerEvent>();
    }

    static async Task PumpAsync(IAsyncEnumerable<SchedulerEvent> events, ChannelWriter<SchedulerEvent> line)
    {
        try
        {
            await foreach (var happened in events) line.TryWrite(happened);
        }
        catch (Exception failure) when (failure is OperationCanceledException or OrleansException or TimeoutException or EnumerationAbortedException or JsonException)
        {
            // It stops, or is lost; or it is newer, and says what this one does not know.
        }
    }
}
