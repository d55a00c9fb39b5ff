using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Scheduler.Benchmarks.Polling;

/// <summary>Cursors in a new SQLite file, each commit on the disk.</summary>
sealed class SqliteCheckpoints : ICheckpoints
{
    readonly string path;

    public SqliteCheckpoints(string path)
    {
        this.path = path;
        using var connection = Open();
        Execute(connection, "CREATE TABLE checkpoint (database TEXT, name TEXT, cursor TEXT, rows INTEGER NOT NULL, PRIMARY KEY (database, name))");
    }

    public string Sql => "INSERT INTO checkpoint (database, name, cursor, rows) VALUES (@database, @name, @cursor, @rows) ON CONFLICT (database, name) DO UPDATE SET cursor = @cursor, rows = @rows";

    public Task<DbConnection> OpenAsync() => Task.FromResult<DbConnection>(Open());

    SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        return connection;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
