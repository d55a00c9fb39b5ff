namespace Scheduler.Running;

/// <summary>What a mailbox needs of the entity that it belongs to.</summary>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEffect">Its effects.</typeparam>
public interface IMailboxOwner<TState, TCommand, TEffect> where TState : class
{
    /// <summary>The entity's decider.</summary>
    Decision<TState, TEffect> Decide(TState state, TCommand command);

    /// <summary>The command that a fresh load brings, before all others.</summary>
    TCommand Activated();

    /// <summary>The state in the store; one without a version where there is none.</summary>
    ValueTask<Stored<TState>> ReadAsync();

    /// <summary>Writes a state; throws where it is not known what became of it.</summary>
    Task<WriteOutcome> WriteAsync(TState durable, TState next, long expectedVersion, long writeId);

    /// <summary>Sees to an effect. Only enqueues; never throws.</summary>
    void Perform(TEffect effect, TState state);

    /// <summary>Runs the turn where the entity's turns run.</summary>
    void Turn(Func<Task> turn);

    /// <summary>A turn is over, and nothing waits. <paramref name="dirty"/>: the state is yet to reach the store.</summary>
    void Settled(TState state, bool dirty);

    /// <summary>Another activation writes this entity, or nobody knows: this one stops its run and leaves.</summary>
    void Lost(string reason);

    /// <summary>A number for a write, unique among all.</summary>
    long NextWriteId();
}
