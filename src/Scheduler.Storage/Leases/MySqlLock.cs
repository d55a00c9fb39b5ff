using System.Data.Common;
using Scheduler.Storage.Dialects;

namespace Scheduler.Storage;

/// <summary>
/// One process for one MySQL or MariaDB database: a lock of the server, which ends with its connection. So it keeps a second process from
/// starting while the first one runs, but not after the server itself was started anew.
/// </summary>
public sealed class MySqlLock : IDisposable
{
    const string Name = "CONCAT('schedule_only_', MD5(DATABASE()))";

    /// <summary>A silo says every second that it lives, and has cancelled what it runs long before this is over.</summary>
    static readonly TimeSpan SiloLives = TimeSpan.FromSeconds(5);

    readonly DbConnection connection;

    MySqlLock(DbConnection connection) => this.connection = connection;

    /// <summary>Takes the lock, on a connection that it keeps.</summary>
    /// <param name="source">The database.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreInUseException">Another process, or another scheduler in this one, has it.</exception>
    public static async Task<MySqlLock> AcquireAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = connection.CreateCommand();
            // A connection that says nothing for eight hours is closed, where nobody says otherwise; this one says nothing.
            command.CommandText = $"SET SESSION wait_timeout = 31536000; SELECT GET_LOCK({Name}, 0)";
            if (Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), null) == 1) return new(connection);
            throw new StoreInUseException($"expected to be the only scheduler on database \"{connection.Database}\", another process has it");
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whoever shares the database with others, as silos do, looks whether one process has it for itself.</summary>
    /// <exception cref="StoreInUseException">One has.</exception>
    public static async Task ExpectFreeAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT IS_USED_LOCK({Name})";
        if (await command.ExecuteScalarAsync(cancellationToken) is not (null or DBNull))
            throw new StoreInUseException($"expected no embedded scheduler on database \"{connection.Database}\", a process has it for itself: stop it, and start this again. Nothing was begun");
    }

    /// <summary>Looks whether a cluster lives on the database, whose tables exist.</summary>
    /// <exception cref="StoreInUseException">One does, or a silo of it was lost a moment ago.</exception>
    public async Task ExpectNoClusterAsync(CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id FROM schedule_node WHERE id LIKE '%@%' AND last_seen_at > {Dialect.MySql.Microseconds} / 1000 - {SiloLives.TotalMilliseconds} LIMIT 1";
        if (await command.ExecuteScalarAsync(cancellationToken) is string silo)
            throw new StoreInUseException($"expected no cluster on database \"{connection.Database}\", silo {silo} was seen within {SiloLives.TotalSeconds} s: stop all silos, and start this again. Nothing was begun");
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT RELEASE_LOCK({Name})";
            command.ExecuteScalar();
        }
        catch (Exception failure) when (failure is DbException or InvalidOperationException)
        {
            // The connection is gone, and with it the lock.
        }
        connection.Dispose();
    }
}
