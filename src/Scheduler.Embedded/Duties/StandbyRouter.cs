using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Duties;

/// <summary>Messages to entities that live in another process: whoever asks is sent there.</summary>
/// <param name="whereTo">What the asker is told.</param>
sealed class StandbyRouter(Func<string> whereTo) : IRouter
{
    public void ExpectWriter() => throw Elsewhere();

    public void Send(long taskId, TaskCommand command)
    {
    }

    public void Send(ExecutionId executionId, ExecutionCommand command)
    {
    }

    public void Send(ShardKey shard, ShardCommand command, string? place = null)
    {
    }

    public void Send(TenantName tenant, TenantCommand command)
    {
    }

    public Task<Told<TenantState>> AskAsync(TenantName tenant, TenantCommand command, Stored<TenantState>? known = null) => RefuseAsync<TenantState>();

    public bool IsHere(ExecutionId executionId) => false;

    public bool Holds(long taskId) => false;

    public bool Holds(ExecutionId executionId) => false;

    public Task<Told<TaskState>> AskAsync(long taskId, TaskCommand command, Stored<TaskState>? known = null) => RefuseAsync<TaskState>();

    public Task<Told<ExecutionState>> AskAsync(ExecutionId executionId, ExecutionCommand command, Stored<ExecutionState>? known = null) => RefuseAsync<ExecutionState>();

    public Task<Told<ShardState>> AskAsync(ShardKey shard, ShardCommand command, Stored<ShardState>? known = null, string? place = null) => RefuseAsync<ShardState>();

    Task<Told<TState>> RefuseAsync<TState>() => Task.FromException<Told<TState>>(Elsewhere());

    SchedulerException Elsewhere() => new(SchedulerErrorKind.Unavailable, whereTo());
}
