using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Executions;

/// <summary>What a task says of an execution when it makes it; it stays the same however often it is said.</summary>
/// <param name="Id">The id.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Tenant">The task's tenant.</param>
/// <param name="TaskName">The task's name, so that history can be read when the task is gone.</param>
/// <param name="Kind">What kind of work it is.</param>
/// <param name="Sequence">The number among the task's executions; a polling task's round.</param>
/// <param name="Trigger">What made it.</param>
/// <param name="TriggeredBy">Who asked; null where nobody did.</param>
/// <param name="ScheduledAt">The occurrence's instant, or when the trigger was given.</param>
public sealed record ExecutionSeed(ExecutionId Id, long TaskId, string Tenant, string TaskName, HandlerKind Kind, long Sequence,
    TriggerKind Trigger, string? TriggeredBy, DateTimeOffset ScheduledAt)
{
    /// <summary>Whether it is a round over shards.</summary>
    [JsonIgnore]
    public bool Polls => Kind.Polls();

    /// <summary>How long it may take; null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Its attempts.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>Its priority.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>The trigger's parameters, or else the task's as they were then.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>What of it the trigger said itself, so that the same idempotency key can be held against it; null where it had no key, and in rows of older programs.</summary>
    public TriggerParts? Brought { get; init; }

    /// <summary>The execution in whose place it was made; null where it retries none.</summary>
    public ExecutionId? RetryOf { get; init; }

    /// <summary>The number of that execution: a polling task runs just the shards that failed or were cancelled in that round.</summary>
    public long? RetriedRound { get; init; }

    /// <summary>The first of the occurrences that it stands for; null where it is only its own.</summary>
    public DateTimeOffset? MissedSince { get; init; }

    /// <summary>When its code may begin, where it was made before that and its schedule's jitter puts it off; null: <see cref="ScheduledAt"/>.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When its code may begin.</summary>
    [JsonIgnore]
    public DateTimeOffset BeginsAt => NotBefore ?? ScheduledAt;

    /// <summary>What it works on, with other executions of the tenant; null where it has no such key.</summary>
    public string? ConcurrencyKey { get; init; }

    /// <summary>Executions of that key at once; null where it has no key.</summary>
    public int? KeyLimit { get; init; }

    /// <summary>What becomes of it when its run is lost with its node.</summary>
    public NodeLossPolicy OnNodeLost { get; init; } = NodeLossPolicy.Rerun;

    /// <summary>Whether the first word of it may let it begin before its row is written.</summary>
    [JsonIgnore]
    public bool MayBeginUnwritten => Trigger == TriggerKind.Schedule && !Polls && OnNodeLost == NodeLossPolicy.Rerun && ConcurrencyKey is null;

    /// <summary>Set where a policy dropped the occurrence: the execution is a record and never runs.</summary>
    public string? SkippedBecause { get; init; }
}

/// <summary>What a trigger said itself; the rest is the task's.</summary>
/// <param name="Parameters">Whether it had parameters.</param>
/// <param name="ConcurrencyKey">Whether it had a concurrency key.</param>
public sealed record TriggerParts(bool Parameters, bool ConcurrencyKey);

/// <summary>Why an execution that still runs is to end.</summary>
public enum StopReason
{
    /// <summary>It is not.</summary>
    None = 0,
    /// <summary>Somebody asked for it.</summary>
    Cancelled,
    /// <summary>It took too long.</summary>
    TimedOut,
}

/// <summary>What an execution has to do with its tenant's limits.</summary>
public enum Admission
{
    /// <summary>Nothing: it has no key, and its tenant had no limit when it began.</summary>
    None = 0,
    /// <summary>It has asked, and waits.</summary>
    Asked,
    /// <summary>It was let in, and counts until it has ended.</summary>
    Granted,
}

/// <summary>One run of an execution's code that is over.</summary>
/// <param name="Number">The attempt: from 1. A run that was lost or interrupted is followed by another of the same attempt.</param>
/// <param name="Node">Where it ran.</param>
/// <param name="StartedAt">When the code began.</param>
/// <param name="EndedAt">When it was known to be over.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
public sealed record PastAttempt(int Number, string? Node, DateTimeOffset? StartedAt, DateTimeOffset EndedAt, AttemptOutcome Outcome, string? Error);

/// <summary>What an execution remembers: one row of <c>schedule_execution</c>. Only <c>ExecutionDecider</c> makes a new one.</summary>
public sealed record ExecutionState
{
    /// <summary>Before it is created, and after it is purged.</summary>
    public static ExecutionState Absent(ExecutionId id) => new() { Seed = new(id, 0, "", "", HandlerKind.None, 0, TriggerKind.None, null, default) };

    /// <summary>What the task said of it.</summary>
    public required ExecutionSeed Seed { get; init; }

    /// <summary>The id.</summary>
    public ExecutionId Id => Seed.Id;

    /// <summary>Where it stands.</summary>
    public ExecutionStatus Status { get; init; }

    /// <summary>Attempts begun.</summary>
    public int Attempt { get; init; }

    /// <summary>Grows with every run of user code.</summary>
    public long FencingToken { get; init; }

    /// <summary>Its shards by where they stand.</summary>
    public ItemCounts Items { get; init; }

    /// <summary>Rows processed.</summary>
    public long Rows { get; init; }

    /// <summary>The node that runs it, or ran it last.</summary>
    public string? Node { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the first attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When it wants to be woken: its next attempt, its timeout, its next look at its shards. Null once it has ended.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>Why it is to end, while its runs are being stopped.</summary>
    public StopReason Stopping { get; init; }

    /// <summary>Whether every shard has heard of its round, or was found without changes. Lost with a crash before it is written, they are asked again.</summary>
    public bool Probed { get; init; }

    /// <summary>When a run that does not heed its cancellation is given up.</summary>
    public DateTimeOffset? AbandonAt { get; init; }

    /// <summary>When the next attempt begins, while it is <see cref="ExecutionStatus.Retrying"/>.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Runs that are over and did not end the execution, the oldest first; the oldest of too many are forgotten.</summary>
    public ImmutableArray<PastAttempt> Past { get; init; } = [];

    /// <summary>When the present run's code began, or the last one's; null before it has.</summary>
    public DateTimeOffset? RunStartedAt { get; init; }

    /// <summary>Runs that were lost with their node.</summary>
    public int Lost { get; init; }

    /// <summary>Whether a run of it was broken off, it may be in the middle: from then on its runs begin when that is durable, so that no further loss goes unseen.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Whether its code waits until its start is durable, so that a loss of it is seen.</summary>
    [JsonIgnore]
    public bool StartsDurably => Interrupted || Seed.OnNodeLost == NodeLossPolicy.Fail;

    /// <summary>What it has to do with its tenant's limits.</summary>
    public Admission Admission { get; init; }

    /// <summary>What the handler returned.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Why it failed, was skipped or cancelled.</summary>
    public string? Error { get; init; }

    /// <summary>Where in the code the last attempt failed; null where that is not known.</summary>
    public string? Stack { get; init; }

    /// <summary>The shards as its round has them: one without changes is not in the round and has completed it all the same.</summary>
    public ShardCounts Judge(ShardCounts shards) => Probed ? shards with { Idle = 0, Completed = shards.Completed + shards.Idle } : shards;

    /// <summary>Whether it has ended, in whatever way: nothing changes it any more.</summary>
    public bool HasEnded => Status is ExecutionStatus.Succeeded or ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Cancelled or ExecutionStatus.Skipped;
}
