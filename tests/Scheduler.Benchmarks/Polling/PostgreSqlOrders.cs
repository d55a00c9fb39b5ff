using System.Data.Common;
using System.Globalization;
using Npgsql;
using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>
/// The demo's tables in one PostgreSQL database, a schema for each of the demo's databases: so all share one bounded pool of connections,
/// which 64 databases could not. Whoever is measured reads through it, and does nothing with the rows.
/// </summary>
sealed class PostgreSqlOrders(NpgsqlDataSource source, DemoShape shape) : IPollingHandler<OrderRow>
{
    /// <summary>Makes the tables, a schema a transaction.</summary>
    public async Task CreateAsync()
    {
        for (var database = 0; database < shape.Databases; database++)
        {
            var schema = shape.Database(database);
            var first = database * shape.Tables;
            await ExecuteAsync($"CREATE SCHEMA {schema}; " + string.Join(' ', from table in Enumerable.Range(0, shape.Tables)
                let name = $"{schema}.{shape.Table(table)}"
                select $"CREATE TABLE {name} (id bigint PRIMARY KEY, amount bigint NOT NULL, customer varchar(40) NOT NULL, updated_at bigint NOT NULL); " +
                    $"INSERT INTO {name} SELECT {first + table} + 3 * i + (i * i) % 3, (i * 7919) % 100000, 'customer ' || (i * 31) % 5000, 1767225600000 + i * 60000 FROM generate_series(1, {shape.Rows}) AS n (i);"));
        }
        await ExecuteAsync("VACUUM (ANALYZE)");
        await ExecuteAsync("CHECKPOINT");
    }

    public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"SELECT max(id) FROM \"{shard.Database}\".\"{shard.Table}\"");
        return new(((long)(await command.ExecuteScalarAsync(cancellationToken))!).ToString(CultureInfo.InvariantCulture));
    }

    public async ValueTask<IReadOnlyList<OrderRow>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"SELECT id, amount, customer, updated_at FROM \"{shard.Database}\".\"{shard.Table}\" WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after.KeyAsInt64(before: 0) });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = long.Parse(pass.HighestKey!, CultureInfo.InvariantCulture) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<OrderRow> rows = new(limit);
        while (await reader.ReadAsync(cancellationToken)) rows.Add(new(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3)));
        return rows;
    }

    public Cursor CursorOf(OrderRow row) => Cursor.At(row.Id);

    public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<OrderRow> batch, CancellationToken cancellationToken) => new(RowFailure.None);

    async Task ExecuteAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }
}
