using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>Why something cannot be done.</summary>
[JsonConverter(typeof(CamelCaseEnum<SchedulerErrorKind>))]
public enum SchedulerErrorKind
{
    /// <summary>What was given is not valid; <see cref="SchedulerException.Errors"/> says where. HTTP 400.</summary>
    Invalid = 1,
    /// <summary>There is no such thing. HTTP 404.</summary>
    NotFound,
    /// <summary>It does not go with what there is: a taken name, an ended execution. HTTP 409.</summary>
    Conflict,
    /// <summary>The version that the change is based on is not the present one. HTTP 412.</summary>
    VersionMismatch,
    /// <summary>The same idempotency key came with another request. HTTP 422.</summary>
    IdempotencyMismatch,
    /// <summary>The scheduler cannot do it now; the same call may work later. HTTP 503.</summary>
    Unavailable,
}

/// <summary>One thing that is wrong with what was given.</summary>
/// <param name="Field">Where, as a path such as <c>schedule.timeZone</c>; empty for the whole.</param>
/// <param name="Message">What was expected and what was given.</param>
public sealed record FieldError(string Field, string Message)
{
    /// <summary>As people read it.</summary>
    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";
}

/// <summary>What a caller asked for cannot be done; nothing of it was.</summary>
public sealed class SchedulerException : Exception
{
    /// <summary>One reason, in words for people.</summary>
    public SchedulerException(SchedulerErrorKind kind, string message, Exception? innerException = null) : base(message, innerException) => Kind = kind;

    /// <summary>Several things are wrong with what was given.</summary>
    public SchedulerException(IReadOnlyList<FieldError> errors) : base(string.Join("; ", errors)) => (Kind, Errors) = (SchedulerErrorKind.Invalid, errors);

    /// <summary>Why it cannot be done.</summary>
    public SchedulerErrorKind Kind { get; }

    /// <summary>What is wrong, field by field; empty where no field is to blame.</summary>
    public IReadOnlyList<FieldError> Errors { get; } = [];
}
