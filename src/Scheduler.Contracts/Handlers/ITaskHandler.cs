using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Scheduler;

/// <summary>The user's code for a task of kind <c>code</c>. One instance is made for each attempt, in a dependency-injection scope of its own.</summary>
public interface ITaskHandler
{
    /// <summary>
    /// Does the work of one attempt. What is thrown fails the attempt, and the task's retry policy decides what follows;
    /// a <see cref="NonRetryableException"/> ends the execution as failed at once.
    /// </summary>
    /// <param name="context">What is run, and why.</param>
    /// <param name="cancellationToken">Is cancelled when the execution is cancelled, times out, or belongs to another node by now.</param>
    /// <returns>The result, kept with the execution as JSON (at most 64 KiB), or null.</returns>
    Task<object?> ExecuteAsync(TaskContext context, CancellationToken cancellationToken);
}

/// <summary>What a handler learns about the attempt it is.</summary>
public sealed record TaskContext
{
    /// <summary>The tenant that owns the task.</summary>
    public required string Tenant { get; init; }

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>The execution's id.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>1 for the first attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>Grows with every new run of the same execution: store it with what you write, and refuse writes that carry a smaller one.</summary>
    public required long FencingToken { get; init; }

    /// <summary>The occurrence's instant, or when the trigger was given.</summary>
    public required DateTimeOffset ScheduledAt { get; init; }

    /// <summary>The trigger's parameters, or else the task's.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Lines that belong to the execution.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>Thrown by a handler whose failure no retry can mend.</summary>
/// <param name="message">What is wrong, for people.</param>
/// <param name="innerException">The cause, or null.</param>
public sealed class NonRetryableException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Thrown by a polling handler whose source or target asks for a pause: the next attempt at the page is not made before it is over.</summary>
/// <param name="message">Who asks for it, and why, for people.</param>
/// <param name="wait">The pause: zero to seven days; what is beyond is cut.</param>
/// <param name="innerException">The cause, or null.</param>
public sealed class RetryLaterException(string message, TimeSpan wait, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The pause.</summary>
    public TimeSpan Wait { get; } = TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, 7 * TimeSpan.TicksPerDay));
}
