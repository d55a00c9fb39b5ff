using Microsoft.Data.Sqlite;

namespace Shop;

/// <summary>The shop's orders: two databases with two tables each.</summary>
public sealed class OrderDatabases(string directory)
{
    public async Task<SqliteConnection> OpenAsync(string database, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(directory);
        var connection = new SqliteConnection($"Data Source={Path.Combine(directory, database + ".db")}");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    public async Task FillAsync(int rowsPerTable)
    {
        foreach (var database in new[] { "order_00", "order_01" })
        {
            await using var connection = await OpenAsync(database);
            await using var command = connection.CreateCommand();
            foreach (var table in new[] { "t_order_0", "t_order_1" })
            {
                command.CommandText = $"""
                    CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount TEXT NOT NULL);
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rowsPerTable})
                    INSERT OR IGNORE INTO {table} SELECT i, 'customer ' || (i % 7), '9.95' FROM n;
                    """;
                await command.ExecuteNonQueryAsync();
            }
        }
    }
}
