namespace Scheduler;

/// <summary>What a decider says to a command: the next state, and what follows from it.</summary>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <typeparam name="TEffect">The entity's effects.</typeparam>
/// <param name="State">The next state; the very same object where nothing changes.</param>
/// <param name="Effects">What to do once the state is durable, in order.</param>
public readonly record struct Decision<TState, TEffect>(TState State, params IReadOnlyList<TEffect> Effects)
{
    /// <summary>Why the command changed nothing; null where it made sense.</summary>
    public string? IgnoredBecause { get; init; }

    /// <summary>Why the command is refused: its sender did what cannot be done, and is told. Null otherwise.</summary>
    public Refusal? Refused { get; init; }

    /// <summary>
    /// The new state may reach the store later, with the next one that must (or after a moment): nothing outside depends on it, and the effects do not wait for it.
    /// What is lost with it in a crash is found out again.
    /// </summary>
    public bool Lazy { get; init; }
}

/// <summary>Why a command is refused.</summary>
/// <param name="Kind">What its sender is told.</param>
/// <param name="Message">In words for people.</param>
public sealed record Refusal(SchedulerErrorKind Kind, string Message);
