using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage;

/// <summary>
/// One process for one MySQL or MariaDB database: a lock of the server, which ends with its connection, and so with the server too. Whoever has it
/// looks every second whether that is still so (<see cref="LostAsync"/>), and takes it again when the server is back.
/// </summary>
public sealed class MySqlLock : IDisposable
{
    const string Name = "CONCAT('schedule_only_', MD5(DATABASE()))", Silos = "id LIKE '%@%'";

    /// <summary>A connection that says nothing for so long is closed by the server: its process is gone, or stands still, and another may take the lock.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>How often it is looked whether the lock is still held, and how long the answer is waited for.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1), LookFor = TimeSpan.FromSeconds(5);

    /// <summary>Who lives says so more often than this, and has cancelled what it runs long before this is over.</summary>
    public static readonly TimeSpan Lives = TimeSpan.FromSeconds(5);

    /// <summary>A lock that nobody else asks for: whoever has it in the server is this process, over whichever connection.</summary>
    readonly string own = $"'schedule_own_{RandomNumberGenerator.GetHexString(24, lowercase: true)}'";

    readonly DbDataSource source;
    DbConnection connection;

    MySqlLock(DbDataSource source, DbConnection connection) => (this.source, this.connection) = (source, connection);

    /// <summary>Takes the lock, on a connection that it keeps.</summary>
    /// <param name="source">The database.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="StoreInUseException">Another process, or another scheduler in this one, has it.</exception>
    public static async Task<MySqlLock> AcquireAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        var only = new MySqlLock(source, await source.OpenConnectionAsync(cancellationToken));
        try
        {
            return await only.TryTakeAsync(cancellationToken) ? only : throw new StoreInUseException($"expected to be the only scheduler on database \"{only.connection.Database}\", another process has it");
        }
        catch
        {
            await only.connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whoever shares the database with others, as silos do, looks whether one process has it for itself.</summary>
    /// <exception cref="StoreInUseException">One has.</exception>
    public static async Task ExpectFreeAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (await AskAsync(connection, $"SELECT IS_USED_LOCK({Name})", cancellationToken) is not null)
            throw new StoreInUseException($"expected no embedded scheduler on database \"{connection.Database}\", a process has it for itself: stop it, and start this again. Nothing was begun");
    }

    /// <summary>Silos that said a moment ago that they live, on a database whose tables exist: those of whoever asks, and those of others.</summary>
    public static async Task<IReadOnlyList<string>> LivingSilosAsync(DbDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = (Alive(Silos), (int)LookFor.TotalSeconds);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> silos = [];
        while (await reader.ReadAsync(cancellationToken)) silos.Add(reader.GetString(0));
        return silos;
    }

    /// <summary>Looks whether a cluster lives on the database, whose tables exist.</summary>
    /// <exception cref="StoreInUseException">One does, or a silo of it was lost a moment ago.</exception>
    public async Task ExpectNoClusterAsync(CancellationToken cancellationToken)
    {
        if (await AskAsync(connection, Alive(Silos), cancellationToken) is string silo)
            throw new StoreInUseException($"expected no cluster on database \"{connection.Database}\", silo {silo} was seen within {Lives.TotalSeconds} s: stop all silos, and start this again. Nothing was begun");
    }

    /// <summary>
    /// Waits until nobody is left who had the lock before: one that was killed, or lost it with the server and has not noticed yet, runs nothing any more
    /// when it has not said for a while that it lives. At once where the last one ended in order.
    /// </summary>
    /// <param name="node">This process, which is not waited for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task SettleAsync(string node, CancellationToken cancellationToken)
    {
        var alive = Alive("role = 1 AND id NOT LIKE '%@%' AND id <> @own");
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < 2 * Lives; await Task.Delay(LookEvery / 4, cancellationToken))
            if (await AskAsync(connection, alive, cancellationToken, node) is null) return;
    }

    /// <summary>Ends when the lock is lost: with the connection, or with the server. One that does not answer may hold it still, and is given up all the same.</summary>
    public async Task LostAsync(CancellationToken cancellationToken)
    {
        try
        {
            do await Task.Delay(LookEvery, cancellationToken);
            while (await AskAsync(connection, $"SELECT IS_USED_LOCK({Name}) = CONNECTION_ID()", CancellationToken.None) is { } mine && Convert.ToInt64(mine, CultureInfo.InvariantCulture) == 1);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or OutOfMemoryException))
        {
            // The connection is gone, and with it the lock.
        }
    }

    /// <summary>Takes the lock again, on a new connection.</summary>
    /// <returns>Whether it could; else another process has it.</returns>
    public async Task<bool> TryRetakeAsync(CancellationToken cancellationToken)
    {
        Dispose(); // a driver may keep the connection for whoever comes next
        connection = await source.OpenConnectionAsync(cancellationToken);
        // Cut off from the server without a word, the connection of before may stand there yet, and has it.
        if (await AskAsync(connection, $"SELECT IS_USED_LOCK({own})", cancellationToken) is { } before)
            await AskAsync(connection, string.Create(CultureInfo.InvariantCulture, $"KILL {Convert.ToInt64(before, CultureInfo.InvariantCulture)}"), cancellationToken);
        return await TryTakeAsync(cancellationToken);
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        try
        {
            using var command = connection.CreateCommand();
            (command.CommandText, command.CommandTimeout) = ("SELECT RELEASE_ALL_LOCKS()", (int)LookFor.TotalSeconds);
            command.ExecuteScalar();
        }
        catch (Exception failure) when (failure is DbException or InvalidOperationException)
        {
            // The connection is gone, and with it the lock.
        }
        connection.Dispose();
    }

    async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        await AskAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {(long)Silence.TotalSeconds}"), cancellationToken);
        if (Convert.ToInt64(await AskAsync(connection, $"SELECT GET_LOCK({Name}, 0)", cancellationToken), CultureInfo.InvariantCulture) != 1) return false;
        await AskAsync(connection, $"SELECT GET_LOCK({own}, 0)", cancellationToken);
        return true;
    }

    /// <summary>The first value of the answer; null for SQL's too.</summary>
    static async Task<object?> AskAsync(DbConnection connection, string sql, CancellationToken cancellationToken, string? own = null)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = (sql, (int)LookFor.TotalSeconds);
        if (own is not null) command.Parameters.Add(command.CreateParameter(), "@own", own);
        return await command.ExecuteScalarAsync(cancellationToken) is var value and not DBNull ? value : null;
    }

    /// <summary>The nodes that said a moment ago that they live.</summary>
    static string Alive(string which) =>
        string.Create(CultureInfo.InvariantCulture, $"SELECT id FROM schedule_node WHERE {which} AND last_seen_at > {Dialect.MySql.Microseconds} / 1000 - {(long)Lives.TotalMilliseconds}");
}
