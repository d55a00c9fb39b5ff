using Scheduler.Shards;
using Scheduler.Tenants;

namespace Scheduler.Running;

public partial interface IStore
{
    /// <summary>Shards that a retry has yet to run, by id, after <paramref name="after"/>: those that failed or were cancelled in <paramref name="retried"/>, and those not ended in <paramref name="round"/>.</summary>
    ValueTask<IReadOnlyList<Stored<ShardState>>> RetriedShardsAsync(long taskId, long retried, long round, long after, int limit, CancellationToken cancellationToken);

    /// <summary>How a round stands that retries another: those that failed or were cancelled in <paramref name="retried"/> count as idle, all other shards not at all.</summary>
    ValueTask<RoundTotals> CountRetryAsync(long taskId, long retried, long round, CancellationToken cancellationToken);

    /// <summary>How a round stands in each database that has shards in it, by name, after <paramref name="after"/> (null: from the first). <paramref name="retried"/>: the round that it retries; null: it is one of its own.</summary>
    ValueTask<IReadOnlyList<DatabaseTotals>> CountDatabasesAsync(long taskId, long? retried, long round, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Rows of a task that were put aside, the oldest first (to the millisecond), then by id, after <paramref name="after"/> (null: from the first).</summary>
    ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(long taskId, (DateTimeOffset At, string Id)? after, int limit, CancellationToken cancellationToken);

    /// <summary>Dead letters of a task by their ids; those that do not exist are left out.</summary>
    ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(long taskId, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>Writes what became of a dead letter, if it is still there.</summary>
    ValueTask ReviseDeadLetterAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>Removes dead letters of a task; null: all of them.</summary>
    /// <returns>How many there were.</returns>
    ValueTask<int> DeleteDeadLettersAsync(long taskId, IReadOnlyList<string>? ids, CancellationToken cancellationToken);

    /// <summary>What people said of tenants and nodes.</summary>
    ValueTask<Orders> OrdersAsync(CancellationToken cancellationToken);

    /// <summary>Tenants in which executions may run or wait, by name, after <paramref name="after"/> (null: from the first). Others may be among them.</summary>
    ValueTask<IReadOnlyList<Stored<TenantState>>> TenantsInUseAsync(TenantName? after, int limit, CancellationToken cancellationToken);

    /// <summary>Writes since when a node is to begin nothing more; null: it may again.</summary>
    /// <returns>Whether there is such a node.</returns>
    ValueTask<bool> DrainAsync(string node, DateTimeOffset? since, CancellationToken cancellationToken);

    /// <summary>The nodes that were not purged, by id.</summary>
    ValueTask<IReadOnlyList<SeenNode>> NodesAsync(CancellationToken cancellationToken);
}

/// <summary>What a node last said of itself.</summary>
/// <param name="Beat">What it said.</param>
/// <param name="LastSeenAt">When, by the database's clock.</param>
/// <param name="DrainedAt">Since when it is to begin nothing more, to the millisecond; null where it may.</param>
public sealed record SeenNode(NodeBeat Beat, DateTimeOffset LastSeenAt, DateTimeOffset? DrainedAt = null);
