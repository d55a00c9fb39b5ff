namespace Scheduler.Tests.Fakes;

partial class FakeScheduler
{
    sealed class FakeExecution(FakeTask task, TriggerRequest request, ExecutionView view)
    {
        public FakeTask Task { get; } = task;
        public TriggerRequest Request { get; } = request;
        public string? Key => Request.IdempotencyKey;
        public ExecutionView View { get; set; } = view;
        public LogLine[] Lines { get; set; } = [];
        public DateTimeOffset? Deadline => View.StartedAt + Task.Definition.Timeout;
    }

    IEnumerable<FakeExecution> Open(FakeTask task) => executions.Where(each => each.Task == task && each.View.EndedAt is null);

    /// <summary>Does what has become due since somebody last looked.</summary>
    void CatchUp()
    {
        foreach (var task in Living)
            if (task.Definition.Schedule?.At is { } at && at <= Now && !task.Fired)
            {
                task.Fired = true;
                Begin(task, new(), TriggerKind.Schedule, at);
            }
        foreach (var late in executions.Where(each => each.View.Status == ExecutionStatus.Running && each.Deadline < Now).ToArray()) End(late, ExecutionStatus.TimedOut, "it took too long");
    }

    FakeExecution Begin(FakeTask task, TriggerRequest request, TriggerKind kind, DateTimeOffset at)
    {
        var (busy, overlap) = (Open(task).Any(), task.Definition.Overlap);
        var execution = new FakeExecution(task, request, new()
        {
            Id = Guid.NewGuid().ToString("N"), Task = task.Name, Status = ExecutionStatus.Waiting, Trigger = new(kind, request.By), Sequence = ++task.Sequence,
            Attempt = 0, ScheduledAt = at, Items = default, Rows = 0,
        });
        executions.Add(execution);
        if (busy && overlap == OverlapPolicy.Skip) execution.View = execution.View with { Status = ExecutionStatus.Skipped, EndedAt = Now, Error = "another is open" };
        else if (!busy || overlap == OverlapPolicy.Allow) Run(execution);
        return execution;
    }

    void Run(FakeExecution execution)
    {
        var task = execution.Task;
        execution.View = execution.View with { Status = ExecutionStatus.Running, StartedAt = Now, Attempt = 1 };
        switch (task.Definition.Handler.HandlerName)
        {
            case "echo":
                execution.View = execution.View with { Result = execution.Request.Parameters ?? task.Definition.Parameters };
                End(execution, ExecutionStatus.Succeeded);
                break;
            case "tell":
                execution.Lines = LinesOf();
                End(execution, ExecutionStatus.Succeeded);
                break;
            case "fail":
                execution.View = execution.View with { Attempt = (task.Definition.Retry ?? RetryPolicy.Default).MaxAttempts };
                End(execution, ExecutionStatus.Failed, "it was to fail");
                break;
            case "numbers":
                var rows = task.RunRound(execution.View.Sequence, execution.View.Id);
                execution.View = execution.View with { Items = new(task.Names().Count(), task.LastRows.Count, 0, 0), Rows = rows };
                End(execution, ExecutionStatus.Succeeded);
                break;
        }
    }

    void End(FakeExecution execution, ExecutionStatus status, string? error = null)
    {
        execution.View = execution.View with { Status = status, EndedAt = Now, Error = error };
        if (Open(execution.Task).FirstOrDefault() is { View.Status: ExecutionStatus.Waiting } next) Run(next);
    }
}
