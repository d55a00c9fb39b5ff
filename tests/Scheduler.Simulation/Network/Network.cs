using System.Collections.Immutable;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>Who is alive, and who takes whom for alive: news of it travels, so that for a while two processes may hold one entity.</summary>
sealed class Network(Simulation simulation)
{
    readonly Prng random = simulation.Random.Fork();

    /// <summary>All that live, in truth; a paused or cut one may be taken for dead by the others.</summary>
    public ImmutableArray<Process> Members { get; private set; } = [];

    /// <summary>Where shards live that were loaded at a place of somebody's choice.</summary>
    public ShardPlaces Places => field ??= new(this);

    /// <summary>Messages so far, but for wakes.</summary>
    public long Messages { get; set; }

    /// <summary>Wakes so far.</summary>
    public long Wakes { get; set; }

    /// <summary>Messages that come very late and are yet to come.</summary>
    public int Late { get; set; }

    public void Join(Process process)
    {
        Members = Members.Add(process);
        process.View = Members;
        Spread();
    }

    public void Leave(Process process, bool known)
    {
        if (!Members.Contains(process)) return;
        Members = Members.Remove(process);
        Spread(known ? 0 : 1.5);
    }

    /// <summary>Tells everybody, each after a time of its own, who lives by then.</summary>
    void Spread(double atLeastSeconds = 0)
    {
        foreach (var member in Members)
            simulation.World.After(random.Seconds(atLeastSeconds, atLeastSeconds + 1.5), () => Learn(member));
    }

    void Learn(Process process)
    {
        if (process.IsDead || process.View.SequenceEqual(Members)) return;
        process.Lane.Post(() =>
        {
            var view = Members.Contains(process) ? Members : Members.Add(process);
            process.View = view;
            simulation.World.Note(process.Id, "view", "", 0, () => string.Join(' ', view));
            simulation.Changes++;
            process.Local.AbandonWhere(task => Owner(process, task) != process, execution => Owner(process, execution) != process, shard => IsElsewhere(process, shard), tenant => Owner(process, tenant) != process, "it belongs to another node now");
            process.Watch.PeersChanged();
        });
    }

    /// <summary>A shard that is loaded here, and not where it was to be (whoever loaded it did not know that place), stays: a directory has it where it was loaded first.</summary>
    bool IsElsewhere(Process process, ShardKey shard)
    {
        Places.Put(shard, process.Id);
        return Owner(process, shard) != process;
    }

    public Process Owner(Process asker, long task) => Owner(asker.View, (ulong)task);
    public Process Owner(Process asker, ExecutionId execution) => Owner(asker.View, Trace.HashOf(execution.Value));
    public Process Owner(Process asker, ShardKey shard) => Places.Of(shard) is { } place && asker.View.FirstOrDefault(member => member.Id == place) is { } there ? there : Owner(asker.View, (ulong)shard.ShardId);

    public Process Owner(Process asker, TenantName tenant) => Owner(asker.View, Trace.HashOf(tenant.Value));

    /// <summary>The process with the highest draw: when one comes or goes, no more entities move than must.</summary>
    static Process Owner(ImmutableArray<Process> view, ulong key)
    {
        if (view.Length == 1) return view[0];
        Process? owner = null;
        var highest = 0UL;
        foreach (var member in view)
        {
            var draw = (key ^ Trace.HashOf(member.Id)) * Trace.Prime;
            draw ^= draw >> 29;
            draw *= 0x94D049BB133111EB;
            draw ^= draw >> 32;
            if (owner is null || draw > highest) (owner, highest) = (member, draw);
        }
        return owner!;
    }
}
