using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A node that cannot write to the database for its lease runs no user code, but for handlers that do not heed their cancellation.</summary>
sealed class CutOffRunsNothing : Promise
{
    long steps;

    public override void CodeBegan(Call call) => See(call);

    public override void Stepped()
    {
        if (++steps % 16 != 0) return;
        foreach (var call in Simulation.Calls) See(call);
    }

    void See(Call call)
    {
        if (Simulation.Limits.LeaseFor == TimeSpan.MaxValue) return;
        var (process, now, limits) = (call.Process, Simulation.World.Elapsed, Simulation.Limits);
        // Whoever was asleep is told by its next beat.
        var patience = limits.LeaseFor + Simulation.ClockTolerance;
        if (call.Deaf || process.IsDead || process.Lane.Paused || process.LastBeat is not { } beat || now - beat <= patience || now - process.ResumedAt < patience) return;
        Broken(call.Entity, $"it runs on {process}, which last reached the store {(now - beat).TotalSeconds:0.00} s ago");
    }
}
