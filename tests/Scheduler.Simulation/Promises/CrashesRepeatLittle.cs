using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A crash repeats at most page size × pages that are not durable.</summary>
sealed class CrashesRepeatLittle : Promise
{
    public override void Ended()
    {
        if (Simulation.Faults.Flavour != Flavour.CrashesOnly) return;
        // Entities that move when nodes come and go are taken over as after a crash.
        var most = (Simulation.Crashes + Simulation.Changes) * Simulation.MostPageSize * Simulation.Limits.UndurablePages;
        Expect(Simulation.Repeated <= most, "", () => $"{Simulation.Crashes} crashes and {Simulation.Changes} moves repeated {Simulation.Repeated} rows, expected at most {most}");
    }
}
