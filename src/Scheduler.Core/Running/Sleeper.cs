using Scheduler.Executions;

namespace Scheduler.Running;

/// <summary>Who wants to be woken: an execution, or else a task.</summary>
/// <param name="TaskId">The task; 0 for an execution.</param>
/// <param name="Execution">The execution; null for a task.</param>
public readonly record struct Sleeper(long TaskId, ExecutionId? Execution);
