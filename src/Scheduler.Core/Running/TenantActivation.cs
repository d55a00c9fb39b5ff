using Scheduler.Executions;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>A tenant in this process.</summary>
public sealed class TenantActivation(Node node, IActivationHost host, TenantName key, Stored<TenantState>? known)
    : Activation<TenantName, TenantState, TenantCommand, TenantEffect>(node, host, key, known)
{
    /// <inheritdoc/>
    public override Decision<TenantState, TenantEffect> Decide(TenantState state, TenantCommand command) => Node.Deciders.Tenant(state, command);

    /// <inheritdoc/>
    public override TenantCommand Activated() => new TenantCommand.Activated(Node.Clock.Now);

    /// <inheritdoc/>
    public override void Perform(TenantEffect effect, TenantState state)
    {
        if (effect is TenantEffect.Admit admit) Node.Router.Send(admit.Execution, new ExecutionCommand.Admitted(Node.Clock.Now, Key));
    }

    /// <inheritdoc/>
    protected override void Happened(TenantState before, TenantState after)
    {
        if (before.Status == after.Status || Key == TenantName.Everything) return;
        var paused = after.Status == TenantStatus.Paused;
        Node.Events.Tell(Key.Value, paused ? SchedulerEventKind.TenantPaused : SchedulerEventKind.TenantResumed, $"tenant {Key} is {(paused ? "paused" : "resumed")}");
    }

    /// <inheritdoc/>
    protected override TenantCommand Stamp(TenantCommand command) => command with { Now = Node.Clock.Now };

    /// <inheritdoc/>
    protected override DateTimeOffset? WakeAt(TenantState state) => null;

    /// <inheritdoc/>
    protected override bool IsResting(TenantState state) => true;

    /// <inheritdoc/>
    protected override bool IsOfRun(TenantState state, long token) => false;

    /// <inheritdoc/>
    protected override async ValueTask<Stored<TenantState>> ReadStoreAsync(CancellationToken cancellationToken) =>
        await Node.Store.ReadTenantAsync(Key, cancellationToken) ?? new(TenantState.New(Key), 0, 0);

    /// <inheritdoc/>
    protected override EntityWrite Write(TenantState durable, TenantState next, long expectedVersion, long writeId) => new EntityWrite.OfTenant(next, expectedVersion, writeId);

    /// <inheritdoc/>
    public override string ToString() => $"Tenant {Key}";
}
