using Scheduler.Executions;
using Scheduler.Shards;

namespace Scheduler.Running;

/// <summary>A shard in this process.</summary>
public sealed class ShardActivation(Node node, IActivationHost host, ShardKey key, Stored<ShardState>? known) : Activation<ShardKey, ShardState, ShardCommand, ShardEffect>(node, host, key, known)
{
    /// <inheritdoc/>
    public override Decision<ShardState, ShardEffect> Decide(ShardState state, ShardCommand command) => Node.Deciders.Shard(state, command);

    /// <inheritdoc/>
    public override ShardCommand Activated() => new ShardCommand.Activated(Node.Clock.Now, Node.Id);

    /// <inheritdoc/>
    public override void Perform(ShardEffect effect, ShardState state)
    {
        switch (effect)
        {
            case ShardEffect.Run run:
                StartRun(run.Token, (stop, leave) => new PollingLoop(Node, state, TellAsync, TellAsync).RunAsync(stop, leave));
                break;
            case ShardEffect.StopRun stop:
                StopRun(stop.Token);
                Forget(stop.Token); // whatever it still reports is an older run's
                break;
            case ShardEffect.HandOver over:
                HandOver(over.Token, () => Node.Router.Send(Key, new ShardCommand.Woken(Node.Clock.Now), over.Node));
                break;
            case ShardEffect.TellExecution tell:
                Node.Router.Send(tell.Execution, new ExecutionCommand.ShardEnded(Node.Clock.Now));
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Happened(ShardState before, ShardState after)
    {
        if (after.Status == ShardStatus.Failed && before.Status != ShardStatus.Failed)
            Node.Events.Tell(after.Tenant, SchedulerEventKind.ShardFailed, $"shard {after.Database}.{after.Table} ended round {after.Round} after {after.Cursor}: {after.Error}",
                Node.Sources.Find(Key.TaskId)?.Name, after.Execution.Value, after.Database, after.Table); // what failed has run here, and so the task is known
    }

    /// <inheritdoc/>
    protected override ShardCommand Stamp(ShardCommand command) =>
        command is ShardCommand.Start start ? start with { Now = Node.Clock.Now, Node = Node.Id } : command with { Now = Node.Clock.Now };

    /// <inheritdoc/>
    protected override DateTimeOffset? WakeAt(ShardState state) => null; // its run looks after itself, its execution after it

    /// <inheritdoc/>
    protected override bool IsResting(ShardState state) => state.Status != ShardStatus.Running;

    /// <inheritdoc/>
    protected override bool IsOfRun(ShardState state, long token) => state.Status == ShardStatus.Running && state.FencingToken == token;

    /// <inheritdoc/>
    protected override async ValueTask<Stored<ShardState>> ReadStoreAsync(CancellationToken cancellationToken) =>
        await Node.Store.ReadShardAsync(Key, cancellationToken) ?? new(ShardState.Absent(Key), 0, 0);

    /// <inheritdoc/>
    protected override EntityWrite Write(ShardState durable, ShardState next, long expectedVersion, long writeId) =>
        // What an earlier write put aside is durable with it.
        new EntityWrite.OfShard(next, expectedVersion, writeId) { DeadLetters = ReferenceEquals(durable.DeadLetters, next.DeadLetters) ? [] : next.DeadLetters };

    /// <inheritdoc/>
    public override string ToString() => State is { Database.Length: > 0 } state ? $"Shard {state.Database}.{state.Table}" : $"Shard {Key.ShardId} of task {Key.TaskId}";
}
