using Scheduler.Executions;
using Scheduler.Running.Logs;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>The bounds that a node keeps. Each is a setting.</summary>
public sealed record NodeLimits
{
    /// <summary>The clock behind every wait.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The clock by which the store is slow, and what stops: <see cref="Time"/>, or a real one where that is moved by hand: it jumps over a write under way, and stands still at the end.</summary>
    public TimeProvider StoreTime
    {
        get => field ?? Time;
        init;
    }

    /// <summary>Runs of user code at the same time: attempts of executions, and pages of shards.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>Runs that were given up and whose code still runs, each with its slot free for others; a further one keeps its slot until its code ends.</summary>
    public int AbandonedRuns { get; init; } = 256;

    /// <summary>Writes that one transaction carries.</summary>
    public int CommitBatch { get; init; } = 512;

    /// <summary>How long a transaction waits for more writes while many come.</summary>
    public TimeSpan CommitGather { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Transactions under way at the same time. A further one begins only when a whole batch waits.</summary>
    public int CommitLanes { get; init; } = 1;

    /// <summary>
    /// Pages that are being processed, or are and wait for their checkpoint to be durable. It bounds what a crash repeats: page size × this.
    /// More of them make larger transactions.
    /// </summary>
    public int UndurablePages { get; init; } = 512;

    /// <summary>
    /// Attempts that have ended and wait for that to be durable; while there are so many, one that ends keeps its slot. More of them make larger
    /// transactions. A crash repeats no more than these and those that have a slot.
    /// </summary>
    public int UndurableRuns { get; init; } = 1024;

    /// <summary>
    /// Pages of a shard that share one slot and, where the handler is done with them without waiting for anything, one checkpoint; one: each has its own.
    /// </summary>
    public int PagesPerTurn { get; init; } = 8;

    /// <summary>How long a shard may keep its slot and begin another page; a page under way is never cut short.</summary>
    public TimeSpan TurnAtMost { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a transaction may take before it counts as failed.</summary>
    public TimeSpan CommitPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Commands that may wait for one entity.</summary>
    public int MailboxCapacity { get; init; } = 100_000;

    /// <summary>How long a lazy decision may stay unwritten.</summary>
    public TimeSpan FlushAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Entities with nothing to do that are kept in memory; what is not is read when it is addressed.</summary>
    public int Resting { get; init; } = 10_000;

    /// <summary>How far ahead due entities are read, and how often.</summary>
    public TimeSpan SweepWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sleepers that are kept in memory; beyond it only those that are due in the coming window.</summary>
    public int Armed { get; init; } = 100_000;

    /// <summary>So many who are due at once, and are not in memory, are read together; fewer are read one by one, each as it is woken.</summary>
    public int ReadTogether { get; init; } = 16;

    /// <summary>Rows that one read of due entities, shards, … takes.</summary>
    public int ReadBatch { get; init; } = 500;

    /// <summary>How often a node says that it lives, and learns the database's time.</summary>
    public TimeSpan BeatEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A node that cannot write for this long cancels its runs; <see cref="TimeSpan.MaxValue"/> where no other process can take them over.</summary>
    public TimeSpan LeaseFor { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How much longer others wait before they take the runs of a node over that was lost: clocks differ, and code needs a moment to stop.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long ended executions are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long the counts of ended executions by the hour are kept.</summary>
    public TimeSpan StatsRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>
    /// How long after its end an execution is counted among its hour's: longer than any write of an end is under way, a process that was paused in it included.
    /// </summary>
    public TimeSpan RollUpAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often what is older is purged.</summary>
    public TimeSpan PurgeEvery { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stopping node waits for pages and attempts under way.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Shards that one task may have.</summary>
    public int ShardsPerTask { get; init; } = 100_000;

    /// <summary>Exclusion calendars that a tenant may have.</summary>
    public int CalendarsPerTenant { get; init; } = 1000;

    /// <summary>How often a node looks for changed calendars that not every task has heard of, after a crash in the middle.</summary>
    public TimeSpan CalendarsEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a node looks for executions that have a place in their tenant, or wait for one, and have ended without its hearing of it.</summary>
    public TimeSpan PlacesEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Failures in a row of a polling task's database after which its shards leave it alone for a while.</summary>
    public int BreakerFailures { get; init; } = 5;

    /// <summary>How long they leave it alone at first; doubles up to <see cref="BreakerPauseAtMost"/> with each try that fails.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two tries of a database that fails.</summary>
    public TimeSpan BreakerPauseAtMost { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a polling execution may process no row before that is told; it is looked at each <see cref="ExecutionLimits.SuperviseEvery"/>.</summary>
    public TimeSpan NoProgressAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The bounds of what handlers log.</summary>
    public LogLimits Logs { get; init; } = new();

    /// <summary>The bounds of tasks' decisions.</summary>
    public TaskLimits Tasks { get; init; } = new();

    /// <summary>The bounds of tenants' decisions.</summary>
    public TenantLimits Tenants { get; init; } = new();

    /// <summary>The bounds of executions' decisions.</summary>
    public ExecutionLimits Executions { get; init; } = new();
}
