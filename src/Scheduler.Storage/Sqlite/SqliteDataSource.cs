using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Scheduler.Storage;

/// <summary>Opens connections to one SQLite file: write-ahead log, every commit synced, a bounded wait for other processes.</summary>
/// <param name="path">The file; made where it does not exist.</param>
/// <param name="busyTimeout">How long a statement waits for a file that another process has locked.</param>
public sealed class SqliteDataSource(string path, TimeSpan busyTimeout) : DbDataSource
{
    /// <inheritdoc/>
    public override string ConnectionString { get; } = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = SqliteOpenMode.ReadWriteCreate,
        ForeignKeys = true,
        // The store keeps its connections itself, with their prepared statements.
        Pooling = false,
        DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds),
    }.ToString();

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    /// <inheritdoc/>
    protected override DbConnection OpenDbConnection()
    {
        var connection = new SqliteConnection(ConnectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            // The cache (32 MiB) holds the rows of tens of thousands of shards, and the log is copied back seldom enough not to hold commits up.
            command.CommandText = $"PRAGMA busy_timeout = {(long)busyTimeout.TotalMilliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000;";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(OpenDbConnection()); // SQLite is a library: there is nothing to wait for
    }
}
