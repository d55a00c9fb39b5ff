using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Hosting;

namespace Scheduler.Cluster.Membership;

/// <summary>A silo that cannot reach its database stays a member of its cluster: it leaves where others can.</summary>
sealed class Departure(SchedulerClusterOptions settings, LivingSilos silos, IGrainFactory grains, IHostApplicationLifetime application, IFatalErrorHandler fatal, ILogger log)
{
    /// <summary>An orderly stop wants the database: a silo that leaves because it has none ends after this, and the others see that it is gone.</summary>
    static readonly TimeSpan LeavesWithin = TimeSpan.FromSeconds(2);

    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The silo has stopped in order.</summary>
    public void Closed() => closed.TrySetResult();

    /// <summary>Looks every second, until the silo stops or leaves.</summary>
    /// <param name="isConnected">Whether it reaches the database.</param>
    /// <param name="connected">Done where it does.</param>
    /// <param name="stop">The silo stops.</param>
    public async Task WatchAsync(Func<bool> isConnected, Action connected, CancellationToken stop)
    {
        try
        {
            for (long? since = null; ;)
            {
                await Task.Delay(BetweenLooks, stop);
                if (isConnected())
                {
                    since = null;
                    Do(connected);
                    continue;
                }
                since ??= TimeProvider.System.GetTimestamp();
                if (TimeProvider.System.GetElapsedTime(since.Value) < settings.LeaveAfter || !await OthersAreConnectedAsync()) continue;
                log.LogError("Node {Node} cannot reach its database, and others can: it leaves the cluster", silos.Own);
                _ = Task.Run(EndAsync, CancellationToken.None);
                application.StopApplication();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    /// <summary>It is done each second: once that it fails must not be the last.</summary>
    void Do(Action connected)
    {
        try
        {
            connected();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            log.LogWarning(failure, "Node {Node}: what waits in it for a handler could not be looked at; it is in a second", silos.Own);
        }
    }

    async Task EndAsync()
    {
        await Task.Delay(LeavesWithin);
        if (!closed.Task.IsCompleted) fatal.OnFatalException(this, $"node {silos.Own} cannot reach its database, and leaves without it: what it ran goes on elsewhere", null);
    }

    async Task<bool> OthersAreConnectedAsync()
    {
        foreach (var other in silos.Alive.Where(each => each != silos.Own))
        {
            try
            {
                if (await grains.NodeGrain(other).IsConnectedAsync()) return true;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // It may be gone as well.
            }
        }
        return false;
    }
}
