using System.Data.Common;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Migrations;

namespace Scheduler.Storage;

/// <summary>The tables that a cluster's runtime wants beside the scheduler's: members, reminders, the state of grains that nobody queries.</summary>
public static class OrleansTables
{
    /// <summary>Makes those that are missing, one process at a time. Its own record says what has been applied, so a standalone server needs none of it.</summary>
    /// <param name="source">Where connections come from.</param>
    /// <param name="dialect">What it speaks: PostgreSQL's or MySQL's.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="MigrationException">A newer program, or a changed one, has written the database.</exception>
    public static Task CreateAsync(DbDataSource source, Dialect dialect, CancellationToken cancellationToken = default) =>
        new Migrator(source, dialect, new(), "schedule_orleans_migration").RunAsync(SqlFile.Statements(dialect.Name, "orleans"), cancellationToken);
}
