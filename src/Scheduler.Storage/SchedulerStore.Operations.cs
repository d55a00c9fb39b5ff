using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Storage.Rows;
using Scheduler.Tenants;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ShardState>>> RetriedShardsAsync(long taskId, long retried, long round, long after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.RetriedShards, ShardRows.Read, cancellationToken, ("@task", taskId), ("@after", after), ("@retried", retried), ("@round", round), ("@limit", limit));

    /// <inheritdoc/>
    public ValueTask<RoundTotals> CountRetryAsync(long taskId, long retried, long round, CancellationToken cancellationToken) =>
        CountAsync(queries.CountRetry, cancellationToken, ("@task", taskId), ("@round", round), ("@retried", retried));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DatabaseTotals>> CountDatabasesAsync(long taskId, long? retried, long round, string? after, int limit, CancellationToken cancellationToken)
    {
        List<(string, object?)> parameters = [("@task", taskId), ("@round", round), ("@limit", limit)];
        if (retried is not null) parameters.Add(("@retried", retried));
        if (after is not null) parameters.Add(("@after", after));
        return await ReadAsync(queries.CountDatabases(retried is not null, after is not null), reader =>
        {
            var row = new Row(reader);
            var (database, total, running, paused, completed, failed, cancelled) = (row.Text(), row.Int(), row.Int(), row.Int(), row.Int(), row.Int(), row.Int());
            var idle = total - running - paused - completed - failed - cancelled;
            return new DatabaseTotals(database, new(new(total, idle, running, completed, failed, cancelled, paused), row.Number(), row.Number(), null));
        }, cancellationToken, [.. parameters]);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(long taskId, (DateTimeOffset At, string Id)? after, int limit, CancellationToken cancellationToken) => after is { } last
        ? await ReadAsync(queries.DeadLettersAfter, DeadLetterRows.Read, cancellationToken, ("@task", taskId), ("@after", Instants.Milliseconds(last.At)), ("@after_id", last.Id), ("@limit", limit))
        : await ReadAsync(queries.DeadLetters, DeadLetterRows.Read, cancellationToken, ("@task", taskId), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(long taskId, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        List<DeadLetter> letters = [];
        foreach (var id in ids.Distinct()) letters.AddRange(await ReadAsync(queries.DeadLetter, DeadLetterRows.Read, cancellationToken, ("@task", taskId), ("@id", id)));
        return letters;
    }

    /// <inheritdoc/>
    public async ValueTask ReviseDeadLetterAsync(DeadLetter letter, CancellationToken cancellationToken) =>
        await ChangeAsync(DeadLetterRows.Revise, cancellationToken, ("@attempt", letter.Attempts), ("@error", Storable.Mend(letter.Error)), ("@task_id", letter.Shard.TaskId), ("@id", letter.Id));

    /// <inheritdoc/>
    public async ValueTask<int> DeleteDeadLettersAsync(long taskId, IReadOnlyList<string>? ids, CancellationToken cancellationToken)
    {
        var deleted = 0;
        if (ids is not null)
        {
            foreach (var id in ids) deleted += await ChangeAsync(queries.DeleteDeadLetter, cancellationToken, ("@task", taskId), ("@id", id));
            return deleted;
        }
        for (int some; (some = await ChangeAsync(queries.DeleteDeadLetters, cancellationToken, ("@task", taskId), ("@limit", RowsAtOnce))) > 0;) deleted += some;
        return deleted;
    }

    /// <inheritdoc/>
    public ValueTask<Stored<TenantState>?> ReadTenantAsync(TenantName name, CancellationToken cancellationToken) =>
        ReadOneAsync(queries.Tenant, TenantRows.Read, cancellationToken, ("@name", name.Value));

    /// <inheritdoc/>
    public async ValueTask<Orders> OrdersAsync(CancellationToken cancellationToken) => new(
        await ReadAsync(queries.TenantOrders, reader =>
        {
            var row = new Row(reader);
            return new TenantOrder(new(row.Text()), Instants.From(row.NumberOrNull(), 0), (int?)row.NumberOrNull());
        }, cancellationToken),
        await ReadAsync(queries.DrainingNodes, reader => reader.GetString(0), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<TenantState>>> TenantsInUseAsync(TenantName? after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.TenantsInUse, TenantRows.Read, cancellationToken, ("@after", after?.Value ?? ""), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<bool> DrainAsync(string node, DateTimeOffset? since, CancellationToken cancellationToken) =>
        await ChangeAsync(queries.DrainNode, cancellationToken, ("@since", Instants.Milliseconds(since)), ("@id", node)) > 0;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SeenNode>> NodesAsync(CancellationToken cancellationToken) => await ReadAsync(queries.Nodes, reader =>
    {
        var row = new Row(reader);
        var (id, address, version) = (row.Text(), row.Text(), row.Text());
        var (startedAt, seenAt) = (Instants.From(row.Number(), 0), Instants.From(row.Number(), 0));
        var beat = new NodeBeat(id, address, version, startedAt, row.Int(), row.Int(), StoredJson.Read<IReadOnlyList<string>>(row.Text())) { StandsBy = row.Int() == StandsBy };
        if (row.TextOrNull() is { } kinds) beat = beat with { Kinds = StoredJson.Read<IReadOnlyDictionary<string, HandlerKind>>(kinds) };
        return new SeenNode(beat, seenAt, Instants.From(row.NumberOrNull(), 0));
    }, cancellationToken);
}
