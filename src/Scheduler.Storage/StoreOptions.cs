namespace Scheduler.Storage;

/// <summary>The bounds that a store keeps.</summary>
public sealed record StoreOptions
{
    /// <summary>Connections that read one SQLite file at the same time, beside the one that writes: 1 to 64. Servers have their driver's pool.</summary>
    public int SqliteReaders { get; init; } = 4;

    /// <summary>How long a statement may take, and how long SQLite waits for a file that another process has locked: one second to one hour.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of a SQLite database, which is a library and has none of its own. Servers have theirs.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long the start waits for another process that migrates the same database: one second to one hour.</summary>
    public TimeSpan MigrationTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
