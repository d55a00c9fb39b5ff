using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Everything that can grow is bounded; what rests leaves the memory.</summary>
sealed class EverythingIsBounded : Promise
{
    long steps;

    public override void Stepped()
    {
        if (++steps % 64 != 0) return;
        foreach (var process in Simulation.Network.Members)
        {
            if (process.IsDead) continue;
            var (slots, resident) = (process.Node.Slots, process.Local.Resident);
            Expect(slots.Used >= 0 && slots.Used <= slots.Total, process.Id, () => $"{slots.Used} of {slots.Total} slots are in use");
            Expect(resident.Executions + resident.Shards + resident.Tasks <= 500, process.Id, () => $"{resident} entities are in memory");
        }
    }

    public override void Ended()
    {
        foreach (var process in Simulation.Network.Members)
        {
            var (node, resident) = (process.Node, process.Local.Resident);
            Expect(node.Runs == 0 && node.Slots.Used == 0, process.Id, () => $"{node.Runs} runs and {node.Slots.Used} slots are left, though all has ended");
            // Where an entity moved away and back, what its old owner still holds is found out when it is next addressed, which may be never.
            var stale = Simulation.Changes > 0 ? 3 : 0;
            Expect(resident.Executions <= stale && resident.Shards <= stale, process.Id, () => $"{resident.Executions} executions and {resident.Shards} shards are in memory, though all has ended");
            Expect(resident.Tasks <= Simulation.Limits.Resting + stale, process.Id, () => $"{resident.Tasks} tasks are in memory, expected at most {Simulation.Limits.Resting}");
        }
    }
}
