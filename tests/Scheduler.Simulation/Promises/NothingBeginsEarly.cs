using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>No code of an occurrence begins before its instant, however early that was decided on; and none once a pause is known that came before it.</summary>
sealed class NothingBeginsEarly : Promise
{
    readonly Dictionary<ExecutionId, DateTimeOffset> begins = [];

    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        foreach (var open in next.State.Open)
        {
            begins[open.Seed.Id] = open.Seed.BeginsAt;
            if (open.Seed.Trigger == TriggerKind.Schedule && next.State.Status == ScheduledTaskStatus.Paused && old?.State.Status == ScheduledTaskStatus.Enabled)
                Expect(open.Seed.BeginsAt <= next.State.UpdatedAt || open.CancelBecause is not null, open.Seed.Id.Value, () => $"its task was paused at {next.State.UpdatedAt:O}, and it begins at {open.Seed.BeginsAt:O}");
        }
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        if (!next.State.Seed.Polls && begins.TryGetValue(next.State.Id, out var at))
            Expect(!(next.State.StartedAt < at), next.State.Id.Value, () => $"its code began at {next.State.StartedAt:O}, its instant is {at:O}");
    }
}
