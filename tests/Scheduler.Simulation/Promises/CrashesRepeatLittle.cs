using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A crash repeats at most page size × (slots + pages waiting for their commit) rows.</summary>
sealed class CrashesRepeatLittle : Promise
{
    public override void Ended()
    {
        if (Simulation.Faults.Flavour != Flavour.CrashesOnly) return;
        // A shard has one page in work and one that waits for its commit. Entities that move when nodes come and go are taken over as after a crash.
        var pages = Simulation.Limits.Slots + Simulation.MostShards;
        var most = (Simulation.Crashes + Simulation.Changes) * Simulation.MostPageSize * pages;
        Expect(Simulation.Repeated <= most, "", () => $"{Simulation.Crashes} crashes and {Simulation.Changes} moves repeated {Simulation.Repeated} rows, expected at most {most}");
    }
}
