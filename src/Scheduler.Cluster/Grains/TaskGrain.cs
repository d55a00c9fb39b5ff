using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.State;
using Scheduler.Cluster.Wire;
using Scheduler.Running;
using Scheduler.Tasks;

namespace Scheduler.Cluster.Grains;

/// <summary>
/// A task. Anywhere: it runs no user code, so no silo is better than another; it stays there, since moving it would cost more than it could win.
/// While there are few tasks each has a reminder of its own, a watchdog beside the buckets: it is never what a schedule goes by.
/// </summary>
[GrainType(GrainKeys.Task), Reentrant, RandomPlacement, Immovable(ImmovableKind.Any)]
sealed class TaskGrain(ClusterNode cluster, [PersistentState("task", SchedulerGrainStorage.Name)] IPersistentState<Row<TaskState>> row)
    : EntityGrain<long, TaskState, TaskCommand, TaskEffect>(cluster, row), ITaskGrain, IRemindable
{
    const string Watchdog = "watchdog";

    readonly ClusterNode cluster = cluster;
    bool hasWatchdog; // as far as this activation knows

    protected override Activation<long, TaskState, TaskCommand, TaskEffect> Create(Stored<TaskState>? known) => new TaskActivation(Node, this, this.GetGrainId().TaskId, known);

    protected override bool IsOpen(TaskState state) => false; // its wakes find it

    protected override bool IsDone(TaskState state) => state.Status is ScheduledTaskStatus.None or ScheduledTaskStatus.Deleted && state.Open.IsEmpty;

    protected override TaskCommand Woken() => new TaskCommand.Woken(Node.Clock.Now);

    protected override Task SayAsync(TaskCommand command) => Node.Router.AskAsync(this.GetGrainId().TaskId, command);

    protected override void Arm(Sweeper wakes, DateTimeOffset at)
    {
        wakes.Arm(new(this.GetGrainId().TaskId, null), at);
        if (hasWatchdog || !Recurs(Durable)) return;
        hasWatchdog = true;
        InTurn(WatchAsync);
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (Durable is null || Recurs(Durable)) await TellAsync(Envelope.Of(Woken()));
        if ((!Recurs(Durable) || !await cluster.TasksHaveRemindersAsync()) && await this.GetReminder(Watchdog) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
            hasWatchdog = false;
        }
    }

    async Task WatchAsync()
    {
        try
        {
            if (await cluster.TasksHaveRemindersAsync()) await this.RegisterOrUpdateReminder(Watchdog, cluster.Settings.WatchdogEvery, cluster.Settings.WatchdogEvery);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            hasWatchdog = false;
            Node.Log.LogWarning("Task {Task} has no reminder of its own yet; its bucket looks after it: {Reason}", this.GetGrainId(), failure.Message);
        }
    }

    /// <summary>One that fires once is gone before its watchdog would look.</summary>
    static bool Recurs(TaskState? state) => state is { Status: ScheduledTaskStatus.Enabled, NextAt: not null, Definition.Schedule.At: null };
}
