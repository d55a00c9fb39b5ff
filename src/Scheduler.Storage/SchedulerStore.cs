using System.Data.Common;
using Microsoft.Data.Sqlite;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Logs;
using Scheduler.Storage.Migrations;
using Scheduler.Storage.PostgreSql;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Writing;
using Scheduler.Tasks;

namespace Scheduler.Storage;

/// <summary>
/// The scheduler's memory in a SQL database. It compares and sets; no transition of a state happens here. Times are ordered and bounded
/// to the millisecond, and come back as they were.
/// </summary>
public sealed partial class SchedulerStore : IStore, IAsyncDisposable
{
    readonly DbDataSource source;
    readonly bool ownsSource;
    readonly Dialect dialect;
    readonly TimeProvider time;
    readonly Queries queries;
    readonly SessionPool readers, writers;
    readonly ReadTrips? trips; // null: the database is a library, there is no way to it
    readonly IWriter writer;
    readonly ILogWriter logWriter;
    readonly Term? term;

    SchedulerStore(DbDataSource source, bool ownsSource, Dialect dialect, StoreOptions options)
    {
        (this.source, this.ownsSource, this.dialect, time, queries) = (source, ownsSource, dialect, options.Time, new(dialect));
        (readers, writers, writer) = dialect.Open(source, options);
        trips = dialect is ServerDialect ? new(readers) : null;
        logWriter = dialect.LogWriter(writers);
    }

    SchedulerStore(SchedulerStore whole, Term term)
    {
        (source, ownsSource, dialect, time, queries, readers, writers, trips) = (whole.source, false, whole.dialect, whole.time, whole.queries, whole.readers, whole.writers, whole.trips);
        (this.term, writer, logWriter) = (term, dialect.WriterUnder(term.Epoch, writers), whole.logWriter);
    }

    /// <summary>Opens the store in a SQLite file, and migrates it. Take a <see cref="SqliteFileLock"/> first: one process for one file.</summary>
    /// <param name="path">The file; made where it does not exist, its folder must.</param>
    /// <param name="options">The bounds; null: the defaults.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="MigrationException">A newer program, or a changed one, has written the database.</exception>
    /// <exception cref="StoreUnreachableException">The file cannot be read or written, or is none of SQLite's.</exception>
    public static async Task<SchedulerStore> OpenSqliteAsync(string path, StoreOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await OpenAsync(new SqliteDataSource(path, (options ?? new()).StatementTimeout), true, Dialect.Sqlite, options, cancellationToken);
        }
        catch (SqliteException failure)
        {
            throw new StoreUnreachableException($"{path}: expected a file of SQLite that can be read and written, it says: {failure.Message}", failure);
        }
    }

    /// <summary>Opens the store in a PostgreSQL database, and migrates it.</summary>
    /// <param name="connectionString">As Npgsql reads it; the database exists.</param>
    /// <param name="options">The bounds; null: the defaults.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="MigrationException">A newer program, or a changed one, has written the database.</exception>
    /// <exception cref="ArgumentException">Npgsql does not read the connection string.</exception>
    /// <exception cref="StoreUnreachableException">There is no way to the database; one that says it is starting is waited for, thirty seconds.</exception>
    public static async Task<SchedulerStore> OpenPostgreSqlAsync(string connectionString, StoreOptions? options = null, CancellationToken cancellationToken = default) =>
        await OpenAsync(await PostgreSqlSource.OpenAsync(connectionString, cancellationToken), true, Dialect.PostgreSql, options, cancellationToken);

    /// <summary>Looks at a connection string before it is needed.</summary>
    /// <exception cref="ArgumentException">Npgsql does not read it; the message tells nothing of what it holds.</exception>
    public static void CheckPostgreSql(string connectionString) => PostgreSqlSource.Read(connectionString);

    /// <summary>Opens the store in whatever the data source connects to, and migrates it. The data source stays the caller's.</summary>
    /// <param name="source">Where connections come from; with a pool of its own, unless it is SQLite's.</param>
    /// <param name="dialect">What it speaks.</param>
    /// <param name="options">The bounds; null: the defaults.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="MigrationException">A newer program, or a changed one, has written the database.</exception>
    public static Task<SchedulerStore> OpenAsync(DbDataSource source, Dialect dialect, StoreOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenAsync(source, false, dialect, options, cancellationToken);

    static async Task<SchedulerStore> OpenAsync(DbDataSource source, bool ownsSource, Dialect dialect, StoreOptions? options, CancellationToken cancellationToken)
    {
        try
        {
            await new Migrator(source, dialect, options ?? new()).RunAsync(SqlFile.Statements(dialect.Name), cancellationToken);
            return new(source, ownsSource, dialect, options ?? new());
        }
        catch when (ownsSource)
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>All statements by name, parameters as <c>@name</c>: for whoever looks at their plans.</summary>
    internal IEnumerable<(string Name, string Sql)> Statements => queries.All.Concat(writer.Statements);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        writes.Count == 0 ? [] : await WritingAsync(() => DriverCalls.RunAsync(stop => writer.CommitAsync(writes, stop), cancellationToken));

    /// <summary>Closes its connections. Calls that are under way end first, or fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (term is not null) return; // the connections are the whole store's
        await readers.DisposeAsync();
        await writers.DisposeAsync();
        if (ownsSource) await source.DisposeAsync();
    }

    async ValueTask<List<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        IsOfNoRow(parameters)
            ? []
            : await OnAsync(readers, (session, stop) => session.QueryAsync(sql, read, stop, parameters), cancellationToken);

    async ValueTask<Stored<TState>?> ReadOneAsync<TState>(string sql, Func<DbDataReader, Stored<TState>> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        if (trips is not null) return IsOfNoRow(parameters) ? null : await trips.ReadAsync(sql, read, cancellationToken, parameters);
        var rows = await ReadAsync(sql, read, cancellationToken, parameters);
        return rows.Count > 0 ? rows[0] : null;
    }

    /// <summary>No row has text that cannot be stored, and a server would take offence at the question.</summary>
    static bool IsOfNoRow((string Name, object? Value)[] parameters) => parameters.Any(parameter => parameter.Value is string text && !Storable.IsWhole(text));

    async ValueTask<int> ChangeAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        await WritingAsync(() => OnAsync(writers, (session, stop) => session.ExecuteAsync(Guarded(sql), stop, parameters), cancellationToken));

    /// <summary>A statement, and before it, in the same transaction, what only the holder of the lease gets past.</summary>
    string Guarded(string sql) => term is null ? sql : $"{dialect.RequireEpoch(term.Epoch)}; {sql}";

    /// <summary>Writes, and sees to it that a term that has ended is known to have.</summary>
    async Task<T> WritingAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (DbException failure) when (term is not null && dialect.IsOtherEpoch(failure))
        {
            term.End();
            throw new TermEndedException(term.Epoch, failure);
        }
    }

    static Task<T> OnAsync<T>(SessionPool pool, Func<Session, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => DriverCalls.RunAsync(async stop =>
    {
        await using var session = await pool.RentAsync(stop);
        try
        {
            return await work(session, stop);
        }
        catch
        {
            session.Distrust();
            throw;
        }
    }, cancellationToken);
}
