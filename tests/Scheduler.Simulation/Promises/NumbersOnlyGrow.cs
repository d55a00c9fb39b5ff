using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A task's numbers only grow: its version for people, the number of its executions, its watermark.</summary>
sealed class NumbersOnlyGrow : Promise
{
    public override void Written(Stored<TaskState>? old, Stored<TaskState> next)
    {
        if (old is null) return;
        var (was, now) = (Of(old.State), Of(next.State));
        Expect(now.Revision >= was.Revision && now.Sequence >= was.Sequence && now.Watermark >= was.Watermark, next.State.Definition.Name, () => $"(revision, sequence, watermark) was {was} and became {now}");
    }

    static (long Revision, long Sequence, DateTimeOffset Watermark) Of(TaskState task) => (task.Revision, task.Sequence, task.Watermark ?? default);
}
