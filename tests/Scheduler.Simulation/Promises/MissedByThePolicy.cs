using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>What was missed, so late that no jitter explains it, becomes what the misfire policy says: one execution for all, none, or a bounded number.</summary>
sealed class MissedByThePolicy : Promise
{
    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        // People may change the policy within the same write. A delay is one occurrence, however late.
        if (old?.State is not { } before || next.State is not { Definition.Schedule: { Delay: null } schedule } after || before.Revision != after.Revision) return;
        var limits = Simulation.Limits.Tasks;
        var threshold = limits.MisfireThreshold + (schedule.Jitter ?? TimeSpan.Zero);
        // One turn may hold several decisions.
        foreach (var decision in after.Open.Where(open => open.Seed.Sequence > before.Sequence && open.Seed.Trigger == TriggerKind.Schedule).GroupBy(open => open.DecidedAt))
        {
            var missed = decision.Where(open => open.Seed.ScheduledAt < open.DecidedAt - threshold).Select(open => open.Seed).ToArray();
            switch (schedule.Misfire)
            {
                case MisfirePolicy.FireOnce:
                    Expect(missed.Length <= 1, after.Definition.Name, () => $"{missed.Length} executions stand for what was missed, and the misfire policy is fireOnce");
                    break;
                case MisfirePolicy.Skip:
                    foreach (var seed in missed) Expect(seed.SkippedBecause is not null, seed.Id.Value, () => $"it makes up for {seed.ScheduledAt:O}, and the misfire policy is skip");
                    break;
                default:
                    var most = Math.Min(schedule.CatchUp ?? limits.CatchUp, limits.CatchUp);
                    var made = missed.Count(seed => !Firing.WereTooMany(seed));
                    Expect(made <= most, after.Definition.Name, () => $"{made} occurrences are made up for, and {most} may be");
                    break;
            }
        }
    }
}
