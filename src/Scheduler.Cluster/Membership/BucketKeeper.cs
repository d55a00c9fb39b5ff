using Microsoft.Extensions.Logging;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Hosting;

namespace Scheduler.Cluster.Membership;

/// <summary>Sees to it that every bucket is in some silo: at once when one was lost, and now and then in any case. Their reminders would take a minute.</summary>
sealed class BucketKeeper(SchedulerClusterOptions settings, IGrainFactory grains, ILogger log)
{
    static readonly TimeSpan Again = TimeSpan.FromSeconds(1), Every = TimeSpan.FromMinutes(1);

    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Silos have come or gone.</summary>
    public void SilosChanged() => Interlocked.Exchange(ref changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Goes on until the silo stops.</summary>
    public async Task KeepAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var change = Volatile.Read(ref changed);
                var kept = await KeepOnceAsync(stop);
                await Task.WhenAny(Task.Delay(kept ? Every : Again, stop), change.Task);
                stop.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    async Task<bool> KeepOnceAsync(CancellationToken stop)
    {
        var kept = true;
        for (var index = 0; index < settings.Buckets && !stop.IsCancellationRequested; index++)
        {
            try
            {
                await grains.GetGrain<IBucketGrain>(index).KeepAsync();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                kept = false;
                log.LogWarning("Nobody looks after bucket {Bucket} of {Buckets} for now; it is tried again within {Wait}: {Reason}", index, settings.Buckets, Again, failure.Message);
            }
        }
        return kept;
    }
}
