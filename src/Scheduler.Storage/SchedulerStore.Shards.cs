using System.Globalization;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    // So many rows at once, so that no transaction keeps the others waiting for long.
    const int RowsAtOnce = 1000;

    /// <inheritdoc/>
    public ValueTask<Stored<ShardState>?> ReadShardAsync(ShardKey key, CancellationToken cancellationToken) =>
        ReadOneAsync(queries.Shard, ShardRows.Read, cancellationToken, ("@task", key.TaskId), ("@id", key.ShardId));

    /// <inheritdoc/>
    public async ValueTask InsertShardsAsync(IReadOnlyList<ShardState> shards, CancellationToken cancellationToken)
    {
        foreach (var some in shards.Chunk(RowsAtOnce))
            await WritingAsync(() => DriverCalls.RunAsync(async stop =>
            {
                await writer.InsertMissingAsync([.. some.Select(shard => new EntityWrite.OfShard(shard, 0, 0))], stop);
                return some.Length;
            }, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DeleteShardsAsync(long taskId, IReadOnlyList<long> shardIds, CancellationToken cancellationToken)
    {
        foreach (var some in shardIds.Chunk(RowsAtOnce))
        {
            // Numbers, so they may stand in the text.
            var ids = string.Join(", ", some.Select(id => id.ToString(CultureInfo.InvariantCulture)));
            var sql = Guarded($"DELETE FROM schedule_task_item WHERE task_id = {taskId.ToString(CultureInfo.InvariantCulture)} AND id IN ({ids})");
            await WritingAsync(() => OnAsync(writers, (session, stop) => session.ExecuteOnceAsync(sql, stop), cancellationToken));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ShardState>>> ShardsAsync(long taskId, long after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.Shards, ShardRows.Read, cancellationToken, ("@task", taskId), ("@after", after), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ShardState>>> UnfinishedShardsAsync(long taskId, long round, long after, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(queries.UnfinishedShards, ShardRows.Read, cancellationToken, ("@task", taskId), ("@after", after), ("@round", round), ("@limit", limit));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, int>> CountByNodeAsync(long taskId, long round, CancellationToken cancellationToken)
    {
        var lines = await ReadAsync(queries.CountByNode, reader =>
        {
            var row = new Row(reader);
            return KeyValuePair.Create(row.TextOrNull() ?? "", row.Int());
        }, cancellationToken, ("@task", taskId), ("@round", round));
        return new Dictionary<string, int>(lines, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Stored<ShardState>>> ListShardsAsync(long taskId, ShardStatus? status, string? database, ShardName? after, int limit, CancellationToken cancellationToken)
    {
        List<(string, object?)> parameters = [("@task", taskId)];
        if (status is { } some) parameters.Add(("@status", Codes.ShardStatus.Of(some)));
        if (database is not null) parameters.Add(("@database", database));
        var inDatabase = after is not null && after.Database == database;
        if (after is not null && !inDatabase) parameters.Add(("@after_database", after.Database));
        if (after is not null) parameters.Add(("@after_table", after.Table));
        parameters.Add(("@limit", limit));
        return await ReadAsync(queries.ListShards(status is not null, database is not null, after is not null, inDatabase), ShardRows.Read, cancellationToken, [.. parameters]);
    }

    /// <inheritdoc/>
    /// <remarks>Shards that are past the round already are not counted: what became of them in it is known no more.</remarks>
    public ValueTask<RoundTotals> CountRoundAsync(long taskId, long round, CancellationToken cancellationToken) =>
        CountAsync(queries.CountRound, cancellationToken, ("@task", taskId), ("@round", round));

    async ValueTask<RoundTotals> CountAsync(string sql, CancellationToken cancellationToken, params (string, object?)[] parameters)
    {
        var lines = await ReadAsync(sql, reader =>
        {
            var row = new Row(reader);
            return (Status: row.Number(), Count: row.Int(), Rows: row.NumberOrNull() ?? 0, Pages: row.NumberOrNull() ?? 0, LastChange: row.NumberOrNull());
        }, cancellationToken, parameters);

        var last = lines.Max(line => line.LastChange);
        return new(
            new(lines.Sum(line => line.Count), Count(ShardStatus.Idle) + lines.Where(line => line.Status == 0).Sum(line => line.Count), Count(ShardStatus.Running),
                Count(ShardStatus.Completed), Count(ShardStatus.Failed), Count(ShardStatus.Cancelled), Count(ShardStatus.Paused)),
            lines.Sum(line => line.Rows), lines.Sum(line => line.Pages), last is { } ticks ? Instants.From(0L, ticks) : null);

        int Count(ShardStatus status) => lines.Where(line => line.Status == Codes.ShardStatus.Of(status)).Sum(line => line.Count);
    }
}
