using Microsoft.Extensions.Logging;

namespace Scheduler;

/// <summary>
/// The user's code for a polling task: <em>query</em> and <em>process</em>. One instance serves all shards at once, so it is thread-safe.
/// <see cref="SqlPollingHandler{TRow}"/> writes the queries for the usual SQL table.
/// </summary>
/// <typeparam name="TRow">A row as the handler reads it.</typeparam>
public interface IPollingHandler<TRow>
{
    /// <summary>
    /// Whether it can read what changed, in the order of time and key: it then tells <see cref="PollingBounds.SourceTime"/> and heeds
    /// <see cref="PollingPass.From"/> and <see cref="PollingPass.Before"/>. Tasks of an incremental mode are refused where it cannot.
    /// </summary>
    bool CanReadChanges => false;

    /// <summary>What is wrong with a text that people gave for a key, to rewind a shard to; null: it may be one, as <see cref="Cursor.Key"/> writes it.</summary>
    string? WrongKey(string key) => null;

    /// <summary>What the source says before a pass begins: its clock, and the highest key there is. Called once for each pass over a shard.</summary>
    ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken);

    /// <summary>The rows after <paramref name="after"/> and within <paramref name="pass"/>, in the pass's order, at most <paramref name="limit"/>. Fewer than that ends the pass.</summary>
    /// <param name="shard">The table to read.</param>
    /// <param name="after">Where the last page ended; <see cref="Cursor.Start"/> before the first.</param>
    /// <param name="pass">The bound that was fixed when the pass began.</param>
    /// <param name="limit">The page size.</param>
    /// <param name="cancellationToken">Is cancelled when the run has to stop.</param>
    ValueTask<IReadOnlyList<TRow>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken);

    /// <summary>Where a row stands in the pass's order.</summary>
    Cursor CursorOf(TRow row);

    /// <summary>Processes some rows of a page, in order. What is thrown fails all of them; what is returned fails those rows alone.</summary>
    /// <returns>The rows that failed; <see cref="RowFailure.None"/> where all were processed.</returns>
    ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<TRow> batch, CancellationToken cancellationToken);
}

/// <summary>The shard that a handler is called for.</summary>
/// <param name="Tenant">The tenant that owns the task.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Database">The database.</param>
/// <param name="Table">The table.</param>
public sealed record PollingShard(string Tenant, string Task, string Database, string Table);

/// <summary>What the source says before a pass.</summary>
/// <param name="HighestKey">The highest key there is, as <see cref="Cursor.Key"/> writes it; null where the table is empty.</param>
/// <param name="SourceTime">The source's clock. Needed by incremental passes.</param>
/// <param name="Resolution">The resolution of the time column (one second for a <c>TIMESTAMP(0)</c>); zero: 100 ns. Incremental passes end at a multiple of it.</param>
public readonly record struct PollingBounds(string? HighestKey, DateTimeOffset? SourceTime = null, TimeSpan Resolution = default);

/// <summary>The bounds of a pass, fixed when it began.</summary>
/// <param name="HighestKey">A full pass reads keys up to and including this one.</param>
/// <param name="Before">An incremental pass reads times before this instant, by the source's clock; null in a full pass.</param>
/// <param name="From">Where no row has been read yet, an incremental pass reads times at or after this instant; null: from the first.</param>
public readonly record struct PollingPass(string? HighestKey, DateTimeOffset? Before = null, DateTimeOffset? From = null);

/// <summary>Some rows of a page, for one call of <see cref="IPollingHandler{TRow}.ProcessAsync"/>.</summary>
/// <typeparam name="TRow">A row as the handler reads it.</typeparam>
public sealed record PollingBatch<TRow>
{
    /// <summary>The rows, in the pass's order.</summary>
    public required IReadOnlyList<TRow> Rows { get; init; }

    /// <summary>The execution's id.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The round's number: the task's execution sequence number.</summary>
    public required long Round { get; init; }

    /// <summary>Grows with every new run of the same shard: store it with what you write, and refuse writes that carry a smaller one.</summary>
    public required long FencingToken { get; init; }

    /// <summary>1 for the first attempt at this page.</summary>
    public required int Attempt { get; init; }

    /// <summary>Lines that belong to the execution.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>A row that could not be processed.</summary>
/// <param name="Index">Its index in the batch.</param>
/// <param name="Error">Why, for people.</param>
public sealed record RowFailure(int Index, string Error)
{
    /// <summary>All rows were processed.</summary>
    public static IReadOnlyList<RowFailure> None { get; } = [];
}
