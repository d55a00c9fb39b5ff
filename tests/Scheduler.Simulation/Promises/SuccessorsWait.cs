using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Where a node takes over what another ran that it takes for lost, that one's run has ended before the new one begins; handlers that do not heed their cancellation, and processes that are asleep, aside.</summary>
sealed class SuccessorsWait : Promise
{
    public override void CodeBegan(Call call)
    {
        if (Simulation.Limits.LeaseFor == TimeSpan.MaxValue) return;
        foreach (var other in Simulation.Calls)
        {
            if (other.Entity != call.Entity || other.Process == call.Process || other.Token > call.Token || other.Deaf) continue;
            if (call.Process.View.Contains(other.Process) || !call.Process.HasKnown(other.Process) || other.Process.Lane.Paused || Simulation.World.Elapsed - other.Process.ResumedAt < Simulation.Limits.LeaseFor) continue;
            Broken(call.Entity, $"it runs on {call.Process} under token {call.Token}, and still on {other.Process} under {other.Token}, which is taken for lost");
        }
    }
}
