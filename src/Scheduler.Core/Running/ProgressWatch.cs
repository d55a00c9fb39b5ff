using Microsoft.Extensions.Logging;
using Scheduler.Executions;

namespace Scheduler.Running;

/// <summary>Tells once that a polling execution has processed nothing for too long; again only after it has gone on meanwhile.</summary>
sealed class ProgressWatch
{
    readonly Lock gate = new();
    long rows = -1;
    DateTimeOffset since;
    bool told;

    public void Saw(Node node, ExecutionState? state, RoundTotals totals)
    {
        if (state is not { HasEnded: false, StartedAt: not null } || totals.Shards.Idle + totals.Shards.Running == 0) return;
        var now = node.Clock.Now;
        lock (gate)
        {
            if (rows != totals.Rows) (rows, since, told) = (totals.Rows, now, false);
            if (told || now - since < node.Limits.NoProgressAfter) return;
            told = true;
        }
        var task = state.Seed.TaskName;
        var message = $"execution {state.Id} of task {task} has processed no row for {now - since}, with {totals.Rows} rows done and {totals.Shards.Running} shards under way; " +
            $"it goes on, and holds back the task's later rounds. GET /executions/{state.Id}/why says what it waits for";
        node.Log.LogWarning("No progress: {Message}", message);
        node.Events.Tell(state.Seed.Tenant, SchedulerEventKind.NoProgress, message, task, state.Id.Value);
    }
}
