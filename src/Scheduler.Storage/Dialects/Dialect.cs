using System.Data.Common;
using Scheduler.Storage.Logs;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Writing;

namespace Scheduler.Storage.Dialects;

/// <summary>What differs from one database to the next.</summary>
public abstract class Dialect
{
    private protected Dialect()
    {
    }

    /// <summary>SQLite 3.35 or later, as a file of this process.</summary>
    public static Dialect Sqlite { get; } = new SqliteDialect();

    /// <summary>PostgreSQL 13 or later.</summary>
    public static Dialect PostgreSql { get; } = new PostgreSqlDialect();

    /// <summary>MySQL 8.0.17 or later, MariaDB 10.6 or later; through whatever driver the caller's data source has.</summary>
    public static Dialect MySql { get; } = new MySqlDialect();

    /// <summary>The name of its folder of SQL files.</summary>
    public abstract string Name { get; }

    /// <summary>What a sum is cast to, so that it comes as a 64-bit integer.</summary>
    internal abstract string BigInt { get; }

    /// <summary>Whether there is a clock beside this process's.</summary>
    internal virtual bool HasClock => true;

    /// <summary>The database's clock, in microseconds since 1970.</summary>
    internal abstract string Microseconds { get; }

    /// <summary>A condition: the column's text contains the parameter's, compared byte by byte.</summary>
    internal abstract string Contains(string column, string parameter);

    /// <summary>What stands between an insert of one row and the assignments that are made where its id exists.</summary>
    internal abstract string OnExistingId { get; }

    /// <summary>As <see cref="OnExistingId"/>, for an insert of any number of rows with another key.</summary>
    internal virtual string OnExisting(string keys) => $"ON CONFLICT ({keys}) DO UPDATE SET";

    /// <summary>Begins a transaction that writes.</summary>
    internal virtual string Begin => "BEGIN";

    /// <summary>Lists the tables of lines by their names.</summary>
    internal abstract string LogTables { get; }

    /// <summary>Whether a statement failed since its table does not exist.</summary>
    internal abstract bool IsMissingTable(DbException failure);

    internal abstract ILogWriter LogWriter(SessionPool writers);

    /// <summary>The value that an insert brought for the column, in such an assignment.</summary>
    internal abstract string Brought(string column);

    /// <summary>A statement that deletes the rows of a table whose key a query gives.</summary>
    internal virtual string DeleteThose(string table, string key, string query) => $"DELETE FROM {table} WHERE {key} IN ({query})";

    /// <summary>Statements that let one process migrate at a time; <paramref name="timeout"/> is how long the others wait.</summary>
    internal abstract IReadOnlyList<string> BeginMigration(TimeSpan timeout);

    /// <summary>The statement that ends a migration.</summary>
    internal abstract string EndMigration { get; }

    /// <summary>The statement that gives a failed migration up.</summary>
    internal abstract string AbandonMigration { get; }

    /// <summary>Whether a statement of a migration failed because it was applied already, by a start that was cut off before it could say so; where such statements are part of no transaction.</summary>
    internal virtual bool WasDone(DbException failure) => false;

    /// <summary>What stands before the statements of a transaction that only the holder of the lease may make; it fails where another has taken it.</summary>
    internal virtual string RequireEpoch(long epoch) => throw new NotSupportedException($"expected a dialect with a lease, {Name} has none");

    /// <summary>Whether <see cref="RequireEpoch"/> is what failed.</summary>
    internal virtual bool IsOtherEpoch(DbException failure) => false;

    internal abstract (SessionPool Readers, SessionPool Writers, IWriter Writer) Open(DbDataSource source, StoreOptions options);

    /// <summary>A writer whose every transaction requires the epoch.</summary>
    internal virtual IWriter WriterUnder(long epoch, SessionPool writers) => throw new NotSupportedException($"expected a dialect with a lease, {Name} has none");
}
