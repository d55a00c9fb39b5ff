using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>What a person says about a task: when it runs, what it runs, and how it is treated. The wire form of <c>POST /api/v1/tasks</c>.</summary>
public sealed record TaskDefinition
{
    /// <summary>Unique among the tenant's living tasks: 1 to 127 of letters, digits, <c>-</c>, <c>_</c>, <c>.</c>; begins with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>Free text for people, at most 1,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>When occurrences are due. Absent: only when triggered.</summary>
    public ScheduleDefinition? Schedule { get; init; }

    /// <summary>What runs. Exactly one kind is set, and a task keeps its kind for life.</summary>
    public required HandlerDefinition Handler { get; init; }

    /// <summary>What happens when an occurrence is due while an execution is still open.</summary>
    public OverlapPolicy Overlap { get; init; } = OverlapPolicy.Skip;

    /// <summary>How many executions may run at once; the others wait for their turn. Absent: as <see cref="Overlap"/> says.</summary>
    public ConcurrencyDefinition? Concurrency { get; init; }

    /// <summary>How long an execution may take from its start to its end, retries included: one millisecond to 366 days, in whole milliseconds. Absent: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Attempts and the waits between them: of an execution, or of a page where the task polls. Absent: <see cref="RetryPolicy.Default"/>.</summary>
    public RetryPolicy? Retry { get; init; }

    /// <summary>What becomes of an execution when its run is lost with its node. A polling task's shards always go on from their cursors: it takes none but <c>rerun</c>.</summary>
    public NodeLossPolicy OnNodeLost { get; init; } = NodeLossPolicy.Rerun;

    /// <summary>1 (last) to 10 (first): who gets a free run slot when several wait.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Handed to the handler as it is; at most 64 KiB of JSON. A trigger may bring its own.</summary>
    public JsonElement? Parameters { get; init; }
}

/// <summary>What happens when an occurrence is due while an execution of the same task is still open.</summary>
[JsonConverter(typeof(CamelCaseEnum<OverlapPolicy>))]
public enum OverlapPolicy
{
    /// <summary>The occurrence is recorded as skipped.</summary>
    Skip = 1,
    /// <summary>The occurrence waits for its turn, in order; the queue is bounded, and what does not fit is recorded as skipped.</summary>
    Queue,
    /// <summary>The open execution is cancelled; the new one starts when it has ended.</summary>
    CancelPrevious,
    /// <summary>Both run. Refused for polling: a shard has one cursor.</summary>
    Allow,
}

/// <summary>How many executions may run at once. Between two attempts an execution keeps its place: it is one piece of work.</summary>
public sealed record ConcurrencyDefinition
{
    /// <summary>Executions of this task at once: 1 to 1,000. Only with <c>overlap: allow</c>; the other policies run one.</summary>
    public int? PerTask { get; init; }

    /// <summary>What the executions work on, shared with other tasks of the tenant: 1 to 127 characters. A trigger may bring another.</summary>
    public string? Key { get; init; }

    /// <summary>Executions of one key at once, over all tasks of the tenant: 1 to 1,000. Each execution goes by its own task's limit.</summary>
    public int? Limit { get; init; }
}

/// <summary>What becomes of an execution when its run is lost: its process ended in the middle of it, or was cut off from the database. An orderly stop of a node is no loss.</summary>
[JsonConverter(typeof(CamelCaseEnum<NodeLossPolicy>))]
public enum NodeLossPolicy
{
    /// <summary>It runs again, in the same attempt, under a new fencing token. One whose runs are lost again and again (five times, by a setting) fails.</summary>
    Rerun = 1,
    /// <summary>It fails: its code is not begun a second time. It costs a write more for each run, so that no loss goes unseen.</summary>
    Fail,
}

/// <summary>Attempts and the waits between them: the wait before attempt n+1 is <c>backoff × multiplier^(n−1)</c>, at most <see cref="MaxBackoff"/>, less up to 20 % jitter.</summary>
public sealed record RetryPolicy
{
    /// <summary>What holds where nothing is said: three attempts, ten seconds, doubling.</summary>
    public static RetryPolicy Default { get; } = new();

    /// <summary>Attempts in all, the first included: 1 to 100.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The wait after the first failed attempt: zero to one day.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Growth of the wait from one attempt to the next: 1 to 10.</summary>
    public double Multiplier { get; init; } = 2;

    /// <summary>The longest wait: <see cref="Backoff"/> to seven days.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(10);
}
