using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Executions;

namespace Scheduler.Shards;

/// <summary>A shard's address: its task, and an id that follows from its name.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="ShardId">Positive; see <see cref="Of"/>.</param>
public readonly record struct ShardKey(long TaskId, long ShardId)
{
    /// <summary>The key of a task's shard: the first 63 bits of a SHA-256 of its task and name.</summary>
    public static ShardKey Of(long taskId, string database, string table)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{taskId}/{database.Length}/{database}/{table}"));
        return new(taskId, Math.Max(1, BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue));
    }
}

/// <summary>What a shard remembers: one row of <c>schedule_task_item</c>. Only <c>ShardDecider</c> makes a new one.</summary>
public sealed record ShardState
{
    /// <summary>There is no such shard.</summary>
    public static ShardState Absent(ShardKey key) => new() { Key = key, Tenant = "", Database = "", Table = "" };

    /// <summary>The address.</summary>
    public required ShardKey Key { get; init; }

    /// <summary>The task's tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Where it stands.</summary>
    public ShardStatus Status { get; init; }

    /// <summary>The present or last round; before the first, the last that was over when the shard was made.</summary>
    public long Round { get; init; }

    /// <summary>The execution of that round.</summary>
    public ExecutionId Execution { get; init; }

    /// <summary>Grows with every run, survives everything.</summary>
    public long FencingToken { get; init; }

    /// <summary>Grows with every rewind: (rewind epoch, round, page) only grows.</summary>
    public long RewindEpoch { get; init; }

    /// <summary>Where the next round begins, since somebody wants it so; null: where the mode says.</summary>
    public RewindPlace? RewindTo { get; init; }

    /// <summary>While it is <see cref="ShardStatus.Paused"/>, what it is when it is resumed.</summary>
    public ShardStatus PausedFrom { get; init; }

    /// <summary>How far it has got.</summary>
    public Cursor Cursor { get; init; }

    /// <summary>The highest key of a full pass, fixed when the pass began; meaningful while <see cref="Bounded"/>.</summary>
    public string? HighestKey { get; init; }

    /// <summary>Whether the pass's bound is fixed.</summary>
    public bool Bounded { get; init; }

    /// <summary>Whether the round's pass reads what changed, in the order of time and key; else it is full.</summary>
    public bool Incremental { get; init; }

    /// <summary>Where an incremental pass begins that has no cursor yet: the handover of the full pass before it. Null: at the first row.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>What changed before this instant, by the source's clock, is seen when the pass has ended: the upper bound of an incremental pass, or where a full one hands over. Null in full mode.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Rows processed in the round.</summary>
    public long Rows { get; init; }

    /// <summary>Pages checkpointed in the round.</summary>
    public long Pages { get; init; }

    /// <summary>Rows processed in all rounds.</summary>
    public long TotalRows { get; init; }

    /// <summary>Failed attempts at the present page.</summary>
    public int Attempt { get; init; }

    /// <summary>When the next attempt at the present page may begin.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The node that runs it, or ran it last.</summary>
    public string? Node { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Error { get; init; }

    /// <summary>Rows that the last checkpoint put aside: written with it, and not read back.</summary>
    public IReadOnlyList<DeadLetter> DeadLetters { get; init; } = [];

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the round began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the state last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it wants to be woken; null while it rests, or its run looks after itself.</summary>
    public DateTimeOffset? WakeAt => Status == ShardStatus.Running ? RetryAt : null;
}

/// <summary>Where somebody wants a round to begin: after a key, or with the changes since an instant. Neither: before the first row.</summary>
/// <param name="Key">In a full pass.</param>
/// <param name="From">In a pass over changes.</param>
public sealed record RewindPlace(string? Key, DateTimeOffset? From);
