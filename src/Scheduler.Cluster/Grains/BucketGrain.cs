using Microsoft.Extensions.Logging;
using Orleans.Placement;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Running;

namespace Scheduler.Cluster.Grains;

/// <summary>A part of all sleepers.</summary>
[Alias("scheduler.bucket")]
interface IBucketGrain : IGrainWithIntegerKey
{
    /// <summary>Sees to it that it is loaded somewhere, and stays so.</summary>
    [Alias("keep")]
    Task KeepAsync();
}

/// <summary>What a bucket remembers; nobody queries it, so it is in Orleans' own storage.</summary>
[GenerateSerializer, Alias("scheduler.bucketState")]
sealed class BucketState
{
    /// <summary>Until when the bucket was read by a silo that lived.</summary>
    [Id(0)]
    public DateTimeOffset? KeptUntil { get; set; }
}

/// <summary>
/// Has the silo that it is in look after one part of all sleepers. Its reminder brings it back a minute after its silo was lost, if nobody did
/// before; a change of membership does at once. Anywhere: what it costs is a query each window.
/// </summary>
[GrainType(GrainKeys.Bucket), RandomPlacement]
sealed class BucketGrain(ClusterNode cluster, [PersistentState("bucket", BucketGrain.Storage)] IPersistentState<BucketState> state) : Grain, IBucketGrain, IRemindable
{
    /// <summary>The storage of grains whose state nobody queries.</summary>
    public const string Storage = "schedulerGrains";

    const string Reminder = "keep";
    static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    WakeBucket Bucket => new((int)this.GetPrimaryKeyLong(), cluster.Settings.Buckets);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Bucket.Index >= Bucket.Of)
        {
            // There were more of them once.
            if (await this.GetReminder(Reminder) is { } old) await this.UnregisterReminder(old);
            DeactivateOnIdle();
            return;
        }
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        await this.RegisterOrUpdateReminder(Reminder, Every, Every);
        cluster.Take(Bucket);
        if (state.State.KeptUntil is { } until && cluster.Node.Clock.Now - until is var gap && gap > 2 * Every)
            cluster.Node.Log.LogWarning("Nobody looked after bucket {Bucket} of {Buckets} for {Gap}: what was due meanwhile is woken now", Bucket.Index, Bucket.Of, gap);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        cluster.Drop(Bucket);
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown && cluster.Silos.HasOthers) MigrateOnIdle();
        return Task.CompletedTask;
    }

    public Task KeepAsync() => Task.CompletedTask; // it is loaded: that is all

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        state.State.KeptUntil = cluster.Node.Clock.Now;
        await state.WriteStateAsync();
    }
}
