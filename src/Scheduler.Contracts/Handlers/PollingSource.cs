using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Scheduler;

/// <summary>A polling handler with its row type hidden: what the polling loop talks to.</summary>
public interface IPollingSource
{
    /// <inheritdoc cref="IPollingHandler{TRow}.CanReadChanges"/>
    bool CanReadChanges => false;

    /// <summary>Holds a text that people gave for a key against what the shard's key column holds; it may ask the source.</summary>
    /// <returns>What was expected and what was given; null: it may be a key.</returns>
    ValueTask<string?> WrongKeyAsync(PollingShard shard, string key, CancellationToken cancellationToken) => new((string?)null);

    /// <inheritdoc cref="IPollingHandler{TRow}.BoundsAsync"/>
    ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPollingHandler{TRow}.QueryAsync"/>
    ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken);
}

/// <summary>A page of rows with their type hidden.</summary>
public interface IPollingPage
{
    /// <summary>How many rows it has.</summary>
    int Count { get; }

    /// <summary>Where the row at <paramref name="index"/> stands.</summary>
    Cursor CursorOf(int index);

    /// <summary>The row at <paramref name="index"/> as JSON, for people; null where it cannot be written so, or is larger than 64 KiB.</summary>
    string? JsonOf(int index) => null;

    /// <summary>Has the rows at <paramref name="indexes"/> processed as one batch.</summary>
    /// <returns>The rows that failed, by their index in <paramref name="indexes"/>.</returns>
    ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken);
}

/// <summary>The run that a page is processed for.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="ExecutionId">The execution's id.</param>
/// <param name="Round">The round's number.</param>
/// <param name="FencingToken">The run's fencing token.</param>
/// <param name="Attempt">1 for the first attempt at the page.</param>
/// <param name="Logger">Lines that belong to the execution.</param>
public sealed record PageRun(PollingShard Shard, string ExecutionId, long Round, long FencingToken, int Attempt, ILogger Logger);

sealed class PollingSource<TRow>(IPollingHandler<TRow> handler) : IPollingSource
{
    public bool CanReadChanges => handler.CanReadChanges;

    public ValueTask<string?> WrongKeyAsync(PollingShard shard, string key, CancellationToken cancellationToken) => new(handler.WrongKey(key));

    public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => handler.BoundsAsync(shard, cancellationToken);

    public async ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
        new Page(handler, await handler.QueryAsync(shard, after, pass, limit, cancellationToken));

    const int MostJson = 64 * 1024;

    sealed class Page(IPollingHandler<TRow> handler, IReadOnlyList<TRow> rows) : IPollingPage
    {
        public int Count => rows.Count;

        public Cursor CursorOf(int index) => handler.CursorOf(rows[index]);

        public string? JsonOf(int index)
        {
            try
            {
                var json = JsonSerializer.Serialize(rows[index], JsonSerializerOptions.Web);
                return json.Length <= MostJson ? json : null;
            }
            catch (Exception)
            {
                return null; // whatever the row's type does when it is read: it is put aside all the same
            }
        }

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken) =>
            handler.ProcessAsync(run.Shard, new PollingBatch<TRow>
            {
                Rows = Pick(indexes.Span),
                ExecutionId = run.ExecutionId,
                Round = run.Round,
                FencingToken = run.FencingToken,
                Attempt = run.Attempt,
                Logger = run.Logger,
            }, cancellationToken);

        IReadOnlyList<TRow> Pick(ReadOnlySpan<int> indexes)
        {
            if (indexes.Length == rows.Count) return rows; // the whole page: indexes only ever ascend
            var picked = new TRow[indexes.Length];
            for (var i = 0; i < indexes.Length; i++) picked[i] = rows[indexes[i]];
            return picked;
        }
    }
}
