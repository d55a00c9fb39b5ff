using Scheduler.Executions;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>A task in this process.</summary>
public sealed class TaskActivation(Node node, IActivationHost host, long key, Stored<TaskState>? known) : Activation<long, TaskState, TaskCommand, TaskEffect>(node, host, key, known)
{
    long made; // the highest number of an execution that somebody may have been told of

    /// <inheritdoc/>
    public override Decision<TaskState, TaskEffect> Decide(TaskState state, TaskCommand command) => Node.Deciders.Task(state, Ordered(command, state.Tenant));

    TaskCommand Ordered(TaskCommand command, string tenant)
    {
        var (why, limited) = (Node.Orders.WhyHeld(tenant), Node.Orders.IsLimited(tenant));
        return why is null && !limited ? command : command with { Held = why, IsLimited = limited };
    }

    /// <inheritdoc/>
    public override TaskCommand Activated() => new TaskCommand.Activated(Node.Clock.Now);

    /// <inheritdoc/>
    public override void Perform(TaskEffect effect, TaskState state)
    {
        var now = Node.Clock.Now;
        switch (effect)
        {
            case TaskEffect.TellExecution tell:
                Node.Definitions.Learn(state); // its run asks for it
                var isNew = tell.Seed.Sequence > made;
                Node.Router.Send(tell.Seed.Id, new ExecutionCommand.Create(now, tell.Seed, tell.Go, SaidAt: now) { DecidedAt = tell.DecidedAt, IsNew = isNew, IsHere = isNew && Node.Router.IsHere(tell.Seed.Id) });
                made = Math.Max(made, tell.Seed.Sequence);
                break;
            case TaskEffect.CancelExecution cancel:
                Node.Router.Send(cancel.Execution, new ExecutionCommand.Cancel(now, cancel.Reason));
                break;
            case TaskEffect.AskCalendars:
                Node.Background.Start(() => Node.Calendars.AnswerAsync(state));
                break;
            case TaskEffect.EnsureShards:
                // Wanted now so that people see the shards; each round sees to it again.
                Node.Background.Start(() => Node.Shards.TryEnsureAsync(state));
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Happened(TaskState before, TaskState after)
    {
        if (after.Revision == before.Revision) return;
        Node.Sources.Find(after.Id)?.Take(after);
        var name = after.Definition.Name;
        if (before.Status == ScheduledTaskStatus.None) Tell(SchedulerEventKind.TaskCreated, $"task {name} was created");
        else if (after.Status != before.Status) Tell(after.Status switch
        {
            ScheduledTaskStatus.Paused => SchedulerEventKind.TaskPaused,
            ScheduledTaskStatus.Deleted => SchedulerEventKind.TaskDeleted,
            _ => SchedulerEventKind.TaskResumed,
        }, $"task {name} is {after.Status.ToString().ToLowerInvariant()}");
        if (before.Status != ScheduledTaskStatus.None && !ReferenceEquals(before.Definition, after.Definition)) Tell(SchedulerEventKind.TaskChanged, $"the definition of task {name} was replaced");
        foreach (var put in after.Quarantined.Except(before.Quarantined)) Tell(SchedulerEventKind.DatabaseQuarantined, $"database {put.Database} is not read until it is released", put.Database);
        foreach (var gone in before.Quarantined.Except(after.Quarantined)) Tell(SchedulerEventKind.DatabaseReleased, $"database {gone.Database} is read again", gone.Database);

        void Tell(SchedulerEventKind kind, string message, string? database = null) => Node.Events.Tell(after.Tenant, kind, message, name, database: database);
    }

    /// <inheritdoc/>
    protected override TaskCommand Stamp(TaskCommand command) => command with { Now = Node.Clock.Now };

    /// <inheritdoc/>
    protected override DateTimeOffset? WakeAt(TaskState state) =>
        Ahead.WakeAt(state, Node.Limits.Tasks) is { } early && early > Node.Clock.Now ? early : state.WakeAt; // what was not to be decided ahead is at its time

    /// <inheritdoc/>
    protected override bool IsResting(TaskState state)
    {
        // Who has just been told answers soon, and finds the task here; who does not is asked again, and the task read again.
        foreach (var open in state.Open)
            if (open.IsJustTold(Node.Limits.Tasks)) return false;
        return true;
    }

    /// <inheritdoc/>
    protected override bool IsOfRun(TaskState state, long token) => false;

    /// <inheritdoc/>
    protected override async ValueTask<Stored<TaskState>> ReadStoreAsync(CancellationToken cancellationToken) =>
        await Node.Store.ReadTaskAsync(Key, cancellationToken) ?? new(TaskState.Absent(Key), 0, 0);

    /// <inheritdoc/>
    protected override EntityWrite Write(TaskState durable, TaskState next, long expectedVersion, long writeId)
    {
        made = Math.Max(made, durable.Sequence);
        return new EntityWrite.OfTask(next, !ReferenceEquals(durable.Definition, next.Definition) || durable.Calendars != next.Calendars, expectedVersion, writeId);
    }

    /// <inheritdoc/>
    public override string ToString() => State is { Definition.Name: { Length: > 0 } name } ? $"Task {name}" : $"Task {Key}";
}
