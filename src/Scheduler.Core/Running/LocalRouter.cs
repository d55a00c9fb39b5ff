using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>All entities live in this process.</summary>
public sealed class LocalRouter : IRouter, IResidents
{
    readonly Residents<long, TaskState, TaskCommand, TaskEffect> tasks;
    readonly Residents<ExecutionId, ExecutionState, ExecutionCommand, ExecutionEffect> executions;
    readonly Residents<ShardKey, ShardState, ShardCommand, ShardEffect> shards;
    readonly Residents<TenantName, TenantState, TenantCommand, TenantEffect> tenants;

    /// <summary>Makes the places; entities move in when they are addressed.</summary>
    public LocalRouter(Node node)
    {
        // A task that will be due is addressed again; an execution or shard that has ended comes back with a read that is made anyway.
        tasks = new(node.Limits.Resting, task => task.WakeAt is not null, (key, host, known) => new TaskActivation(node, host, key, known), (key, at) => Wakes?.Arm(new(key, null), at));
        executions = new(0, _ => false, (key, host, known) => new ExecutionActivation(node, host, key, known), (key, at) => Wakes?.Arm(new(0, key), at));
        shards = new(0, _ => false, (key, host, known) => new ShardActivation(node, host, key, known), (_, _) => { });
        tenants = new(node.Limits.Resting, _ => true, (key, host, known) => new TenantActivation(node, host, key, known), (_, _) => { });
    }

    /// <inheritdoc/>
    public Sweeper? Wakes { get; set; }

    /// <summary>Entities in memory: tasks, executions, shards.</summary>
    public (int Tasks, int Executions, int Shards) Resident => (tasks.Count, executions.Count, shards.Count);

    /// <inheritdoc/>
    public void Send(long taskId, TaskCommand command) => Forget(tasks.TellAsync(taskId, command, null));

    /// <inheritdoc/>
    public void Send(ExecutionId executionId, ExecutionCommand command) =>
        Forget(executions.TellAsync(executionId, command, command is ExecutionCommand.Create { IsNew: true } ? new(ExecutionState.Absent(executionId), 0, 0) : null));

    /// <inheritdoc/>
    public void Send(ShardKey shard, ShardCommand command, string? place = null) => Forget(shards.TellAsync(shard, command, null));

    /// <inheritdoc/>
    public void Send(TenantName tenant, TenantCommand command) => Forget(tenants.TellAsync(tenant, command, null));

    /// <inheritdoc/>
    public Task<Told<TenantState>> AskAsync(TenantName tenant, TenantCommand command, Stored<TenantState>? known = null) => tenants.TellAsync(tenant, command, known);

    /// <inheritdoc/>
    public Task<Told<TaskState>> AskAsync(long taskId, TaskCommand command, Stored<TaskState>? known = null) => tasks.TellAsync(taskId, command, known);

    /// <inheritdoc/>
    public Task<Told<ExecutionState>> AskAsync(ExecutionId executionId, ExecutionCommand command, Stored<ExecutionState>? known = null) => executions.TellAsync(executionId, command, known);

    /// <inheritdoc/>
    public Task<Told<ShardState>> AskAsync(ShardKey shard, ShardCommand command, Stored<ShardState>? known = null, string? place = null) => shards.TellAsync(shard, command, known);

    /// <inheritdoc/>
    public bool IsHere(ExecutionId executionId) => true;

    /// <inheritdoc/>
    public bool Holds(long taskId) => tasks.Holds(taskId);

    /// <inheritdoc/>
    public bool Holds(ExecutionId executionId) => executions.Holds(executionId);

    /// <summary>Whether the shard is in memory.</summary>
    public bool Holds(ShardKey shard) => shards.Holds(shard);

    /// <inheritdoc/>
    public void AbandonAll(string reason)
    {
        shards.AbandonAll(reason);
        executions.AbandonAll(reason);
        tasks.AbandonAll(reason);
        tenants.AbandonAll(reason);
    }

    /// <summary>Gives up the entities that belong to another process now. Whoever is addressed next starts from the stored state.</summary>
    public void AbandonWhere(Func<long, bool> task, Func<ExecutionId, bool> execution, Func<ShardKey, bool> shard, Func<TenantName, bool> tenant, string reason)
    {
        shards.AbandonWhere(shard, reason);
        executions.AbandonWhere(execution, reason);
        tasks.AbandonWhere(task, reason);
        tenants.AbandonWhere(tenant, reason);
    }

    /// <inheritdoc/>
    public Task StopRunsAsync() => new[] { shards.StopAsync(), executions.StopAsync() }.AllAsync();

    // What fails later has been looked at by the mailbox that it was told to.
    static void Forget(Task task) => _ = task.IsFaulted ? task.Exception : null;
}
