using System.Data.Common;
using Npgsql;
using Scheduler.Server.Demo;

namespace Scheduler.Benchmarks.Polling;

/// <summary>Cursors in a table of their own; the rows are there, so that a page costs one update.</summary>
sealed class PostgreSqlCheckpoints(NpgsqlDataSource source) : ICheckpoints
{
    public string Sql => "UPDATE checkpoint SET cursor = @cursor, rows = @rows WHERE database = @database AND name = @name";

    public async Task<DbConnection> OpenAsync() => await source.OpenConnectionAsync();

    public static async Task<PostgreSqlCheckpoints> CreateAsync(NpgsqlDataSource source, DemoShape shape)
    {
        await using var command = source.CreateCommand(
            "DROP TABLE IF EXISTS checkpoint; CREATE TABLE checkpoint (database text, name text, cursor text, rows bigint NOT NULL, PRIMARY KEY (database, name)) WITH (fillfactor = 70); " +
            "INSERT INTO checkpoint VALUES " + string.Join(", ", from database in Enumerable.Range(0, shape.Databases)
                from table in Enumerable.Range(0, shape.Tables)
                select $"('{shape.Database(database)}', '{shape.Table(table)}', NULL, 0)"));
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
        return new(source);
    }
}
