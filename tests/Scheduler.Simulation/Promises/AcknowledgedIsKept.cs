using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>What was acknowledged is in the database, whatever crashes after.</summary>
sealed class AcknowledgedIsKept : Promise
{
    readonly List<TaskView> tasks = [];
    readonly HashSet<long> deleted = [];
    readonly HashSet<string> promised = [], made = [];
    readonly HashSet<(string, DateTimeOffset)> purged = [];

    public override void Acknowledged(Acknowledgement what)
    {
        switch (what)
        {
            case Acknowledgement.OfTask(var view):
                tasks.Add(view);
                Expect(IsKept(view), view.Name, () => $"version {view.Version} was acknowledged, the store does not have it");
                break;
            case Acknowledgement.OfDeletion(var id):
                deleted.Add(id);
                Expect(!Store.Tasks.TryGetValue(id, out var task) || task.State.Status == ScheduledTaskStatus.Deleted, id.ToString(), () => "its deletion was acknowledged, the store has it alive");
                break;
            case Acknowledgement.OfTrigger(var execution):
                promised.Add(execution);
                Expect(made.Contains(execution) || Store.Tasks.Values.Any(each => each.State.Open.Any(open => open.Seed.Id.Value == execution)), execution, () => "it was promised, and no task in the store knows of it");
                break;
            case Acknowledgement.OfCancel(var view):
                if (Store.Executions.TryGetValue(new(view.Id), out var stopped))
                    Expect(stopped.State.HasEnded || stopped.State.Stopping != StopReason.None, view.Id, () => "its cancellation was acknowledged, the store has nothing of it");
                break;
        }
    }

    public override void Written(Stored<TaskState>? old, Stored<TaskState> next) =>
        Expect(!deleted.Contains(next.State.Id) || next.State.Status == ScheduledTaskStatus.Deleted, next.State.Id.ToString(), () => "it was deleted and lives again");

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) => made.Add(next.State.Id.Value);

    public override void Purged(Stored<TaskState> gone) => purged.Add((gone.State.Definition.Name, gone.State.CreatedAt));

    public override void RolledBack()
    {
        tasks.Clear();
        deleted.Clear();
        promised.Clear();
    }

    public override void Ended()
    {
        foreach (var view in tasks) Expect(IsKept(view), view.Name, () => $"version {view.Version} was acknowledged, the store lost it");
        foreach (var execution in promised) Expect(made.Contains(execution), execution, () => "it was promised and never made");
    }

    bool IsKept(TaskView view) => purged.Contains((view.Name, view.CreatedAt))
        || Store.Tasks.Values.Any(each => each.State.Definition.Name == view.Name && each.State.CreatedAt == view.CreatedAt && each.State.Revision >= view.Version && each.State.Sequence >= view.ExecutionCount);
}
