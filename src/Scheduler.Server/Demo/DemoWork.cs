namespace Scheduler.Server.Demo;

/// <summary>How the demo's handler pretends to work.</summary>
/// <param name="Takes">How long each batch takes.</param>
/// <param name="HoldAt">The percentage of all rows in the ledger at which it holds, until it is stopped or killed: whoever wants to kill it in the middle has all the time in the world. Null: it does not.</param>
sealed record DemoWork(TimeSpan Takes, int? HoldAt)
{
    /// <summary>Ends when the batch has taken its time; one that is held never does.</summary>
    /// <param name="seen">How many rows are in the ledger.</param>
    /// <param name="rows">How many there are in all.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task DoAsync(Func<long> seen, long rows, CancellationToken cancellationToken) =>
        HoldAt is { } percentage && seen() * 100 >= rows * percentage ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken)
        : Takes > TimeSpan.Zero ? Task.Delay(Takes, cancellationToken)
        : Task.CompletedTask;
}
