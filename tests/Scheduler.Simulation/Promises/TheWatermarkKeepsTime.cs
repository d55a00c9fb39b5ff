using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A watermark never passes the database's time + a maximum skew, so that a wrong clock cannot silence a task.</summary>
sealed class TheWatermarkKeepsTime : Promise
{
    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        var most = Simulation.World.Now + Clock.MostAhead + Simulation.Limits.Tasks.FireAhead + TimeSpan.FromMilliseconds(200); // clocks drift between two beats
        Expect(next.State.Watermark is not { } mark || mark <= most, next.State.Definition.Name, () => $"its watermark is {next.State.Watermark:O}, it is {Simulation.World.Now:O}");
    }
}
