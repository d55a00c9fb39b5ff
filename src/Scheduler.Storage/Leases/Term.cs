namespace Scheduler.Storage;

/// <summary>The time in which one process may write: from when it took the lease until another has.</summary>
public sealed class Term
{
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Term(long epoch, TimeSpan lasts, Func<string> address) => (Epoch, Lasts, Address) = (epoch, lasts, address);

    /// <summary>Grows from term to term, whoever has it.</summary>
    public long Epoch { get; }

    /// <summary>How long the lease lasts after each beat.</summary>
    public TimeSpan Lasts { get; }

    /// <summary>Where people find its process.</summary>
    internal Func<string> Address { get; }

    /// <summary>Ends as soon as a write was refused because another process has the lease.</summary>
    public Task Ended => ended.Task;

    internal void End() => ended.TrySetResult();
}

/// <summary>Another process has the lease: nothing was written.</summary>
/// <param name="epoch">The epoch that is over.</param>
/// <param name="innerException">What the database said.</param>
public sealed class TermEndedException(long epoch, Exception innerException)
    : Exception($"expected epoch {epoch} to be the lease's, another process has taken it: nothing was written", innerException);
