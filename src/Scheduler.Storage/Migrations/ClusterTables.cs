using System.Data.Common;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Migrations;

namespace Scheduler.Storage;

/// <summary>
/// The tables of the ADO.NET providers of Microsoft Orleans, for membership, reminders and states of grains, beside the scheduler's own in
/// one database or in one of theirs.
/// </summary>
public static class ClusterTables
{
    /// <summary>Makes what is not there yet, one process at a time; every node of a cluster calls it before its providers start.</summary>
    /// <param name="source">The database; it exists. Whoever made the source disposes it.</param>
    /// <param name="dialect">What it speaks: PostgreSQL or MySQL.</param>
    /// <param name="options">The bounds; null: the defaults.</param>
    /// <param name="cancellationToken">Stops it; what was applied is applied.</param>
    /// <exception cref="NotSupportedException">A SQLite file is no cluster's.</exception>
    /// <exception cref="MigrationException">A newer program, or a changed one, has made the tables.</exception>
    /// <exception cref="TimeoutException">Another process migrates the database, and does not end.</exception>
    public static Task ApplyAsync(DbDataSource source, Dialect dialect, StoreOptions? options = null, CancellationToken cancellationToken = default)
    {
        var statements = SqlFile.Statements($"{dialect.Name}/orleans");
        return statements.Count > 0 ? new Migrator(source, dialect, options ?? new()).RunAsync(statements, cancellationToken)
            : throw new NotSupportedException($"expected PostgreSQL or MySQL for a cluster, got {dialect.Name}");
    }
}
