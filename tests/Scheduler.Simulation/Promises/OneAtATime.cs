using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Where a task's executions may not overlap, one of them may run at a time; and none has more attempts than its policy says.</summary>
sealed class OneAtATime : Promise
{
    readonly HashSet<long> allowed = []; // tasks that allow it, or once did

    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        if (next.State.Definition.Overlap == OverlapPolicy.Allow) allowed.Add(next.State.Id);
        if (allowed.Contains(next.State.Id)) return;
        var running = next.State.Open.Where(open => open.Go && open.Seed.SkippedBecause is null).Select(open => open.Seed.Sequence).ToArray();
        Expect(running.Length <= 1, next.State.Definition.Name, () => $"its executions {string.Join(", ", running)} may all run, its overlap policy is {next.State.Definition.Overlap}");
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) =>
        Expect(next.State.Attempt <= next.State.Seed.Retry.MaxAttempts, next.State.Id.Value, () => $"it is at attempt {next.State.Attempt} of {next.State.Seed.Retry.MaxAttempts}");
}
