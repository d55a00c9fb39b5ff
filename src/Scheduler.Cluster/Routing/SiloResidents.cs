using System.Collections.Concurrent;
using Orleans.Runtime;
using Scheduler.Running;

namespace Scheduler.Cluster.Routing;

/// <summary>An entity that is in this silo's memory.</summary>
interface IResident
{
    /// <summary>Which.</summary>
    GrainId Id { get; }

    /// <summary>Whether something of it is under way here.</summary>
    bool IsOpen { get; }

    /// <summary>Gives it up: its run is cancelled.</summary>
    void Abandon(string reason);

    /// <summary>Cancels its run; ends when that has.</summary>
    Task StopAsync();

    /// <summary>Has it go on in another silo.</summary>
    void MoveTo(SiloAddress silo);

    /// <summary>Has it leave for a silo that can run it, where this one cannot.</summary>
    void Reconsider();
}

/// <summary>The entities that are in this silo's memory.</summary>
sealed class SiloResidents : IResidents
{
    readonly ConcurrentDictionary<GrainId, IResident> residents = new();

    readonly Lock gate = new();
    readonly HashSet<WakeBucket> buckets = [];

    /// <inheritdoc/>
    public Sweeper? Wakes
    {
        get;
        set
        {
            lock (gate)
            {
                field = value;
                foreach (var bucket in buckets) value?.Take(bucket); // taken before there was a sweeper
            }
        }
    }

    /// <summary>Has the sweeper look after a bucket.</summary>
    public void Take(WakeBucket bucket)
    {
        lock (gate) if (buckets.Add(bucket)) Wakes?.Take(bucket);
    }

    /// <summary>Has it do so no more.</summary>
    public void Drop(WakeBucket bucket)
    {
        lock (gate) if (buckets.Remove(bucket)) Wakes?.Drop(bucket);
    }

    /// <summary>How many there are.</summary>
    public int Count => residents.Count;

    /// <summary>All of them.</summary>
    public ICollection<IResident> All => residents.Values;

    public void Add(IResident resident) => residents[resident.Id] = resident;

    public void Remove(IResident resident) => residents.TryRemove(new(resident.Id, resident));

    public IResident? Find(GrainId id) => residents.GetValueOrDefault(id);

    /// <inheritdoc/>
    public void AbandonAll(string reason)
    {
        foreach (var resident in residents.Values) resident.Abandon(reason);
    }

    /// <summary>Other silos can run other things by now: what waits here for its handler goes where one has it.</summary>
    public void Reconsider()
    {
        foreach (var resident in residents.Values) resident.Reconsider();
    }

    /// <inheritdoc/>
    public Task StopRunsAsync() => Task.WhenAll(residents.Values.Select(resident => resident.StopAsync()));
}
