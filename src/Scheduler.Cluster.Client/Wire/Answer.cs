namespace Scheduler.Cluster.Wire;

/// <summary>What is answered: a value, or why there is none.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="Failure">Why there is none; null where there is.</param>
sealed record Answer<T>(T? Value, Failure? Failure = null);

/// <summary>Why something was not done.</summary>
/// <param name="Kind">What its sender did wrong; null: nothing, and it is not known whether it was done.</param>
/// <param name="Message">In words for people.</param>
sealed record Failure(SchedulerErrorKind? Kind, string Message)
{
    /// <summary>What is wrong, field by field; null where no field is to blame.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }

    /// <summary>It was not even looked at: the entity is in another process by now, or will be.</summary>
    public bool IsElsewhere { get; init; }

    public static Failure Of(SchedulerException failure) => new(failure.Kind, failure.Message) { Errors = failure.Errors.Count == 0 ? null : failure.Errors };

    public SchedulerException ToException() =>
        Kind == SchedulerErrorKind.Invalid && Errors is { } errors ? new(errors) : new(Kind ?? SchedulerErrorKind.Unavailable, Message);
}
