namespace Scheduler;

/// <summary>
/// How much of its sources a polling task may take. Both are kept at page boundaries, before a run slot is taken, and by each node for
/// itself: on two nodes a task may take twice as much.
/// </summary>
public sealed record PollingLimits
{
    /// <summary>Shards of one database that have a page under way at the same time: 1 to 10,000. Absent: no limit.</summary>
    public int? PerDatabase { get; init; }

    /// <summary>Rows that all shards of the task read in a second, on average; bursts of a second's rows and one page are let through: 1 to 1,000,000,000. Absent: no limit.</summary>
    public int? RowsPerSecond { get; init; }
}

/// <summary>
/// A row that fails in so many attempts is put aside, and its shard goes on. A batch that throws does not say which of its rows is to
/// blame: for their last attempt its rows stand alone.
/// </summary>
public sealed record DeadLetterDefinition
{
    /// <summary>Failed attempts at a row after which it is put aside: 1 to 100.</summary>
    public required int AfterAttempts { get; init; }
}
