using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Where the overlap policy is <c>cancelPrevious</c>, whatever is open is to stop as soon as another execution is decided on.</summary>
sealed class ThePreviousMakesWay : Promise
{
    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        // People may change the policy within the same write.
        if (old?.State is not { } before || next.State is not { Definition.Overlap: OverlapPolicy.CancelPrevious } after || before.Revision != after.Revision) return;
        var open = after.Open.Where(each => each.Seed.SkippedBecause is null).ToArray();
        if (open.LastOrDefault() is not { } latest || latest.Seed.Sequence <= before.Sequence) return;
        foreach (var previous in open[..^1])
            Expect(previous.CancelBecause is not null, previous.Seed.Id.Value, () => $"it goes on though execution {latest.Seed.Id} takes its place, and the overlap policy is cancelPrevious");
    }
}
