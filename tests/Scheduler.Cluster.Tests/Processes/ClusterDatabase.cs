using System.Data.Common;
using MySqlConnector;
using Npgsql;
using Scheduler.Storage.Rows;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>A shard's row, as a person reads it.</summary>
sealed record ShardRow(string Name, ShardStatus Status, long Round, long Epoch, long Pages, long Version, long Token, long Rows, string? Node)
{
    /// <summary>What only grows.</summary>
    public (long, long, long) Place => (Epoch, Round, Pages);
}

/// <summary>The database that a cluster shares.</summary>
sealed record ClusterDatabase(string Dialect, string ConnectionString, int Port)
{
    /// <summary>The same, by a way that can be cut.</summary>
    public string Through(StallingProxy proxy) => ConnectionString.Replace($"Port={Port}", $"Port={proxy.Port}", StringComparison.Ordinal);

    /// <summary>As Orleans calls the provider.</summary>
    public string Invariant => Dialect == "mysql" ? "MySql.Data.MySqlConnector" : "Npgsql";

    public async Task<IReadOnlyList<ShardRow>> ShardsAsync() =>
        await ReadAsync("SELECT db_name, db_table, status, total_version, rewind_epoch, page_count, version, fencing_token, process_count, node FROM schedule_task_item", row =>
            new ShardRow($"{row.GetString(0)}.{row.GetString(1)}", Codes.ShardStatus.From(row.GetInt16(2)), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.IsDBNull(9) ? null : row.GetString(9)));

    public async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> read)
    {
        await using DbConnection connection = Dialect == "mysql" ? new MySqlConnection(ConnectionString) : new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}
