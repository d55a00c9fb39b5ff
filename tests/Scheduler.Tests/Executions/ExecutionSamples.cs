using Scheduler.Executions;

namespace Scheduler.Tests.Executions;

/// <summary>An execution in each of its states: one that runs code, one that polls.</summary>
static class ExecutionSamples
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    public static readonly ExecutionLimits Limits = new();
    public static readonly ExecutionId Id = new("0123456789abcdef0123456789abcdef");

    public static readonly ExecutionSeed CodeSeed = new(Id, 7, "default", "report", HandlerKind.Code, 12, TriggerKind.Schedule, null, Noon.AddMinutes(-1))
    {
        Timeout = TimeSpan.FromHours(1),
        Retry = new() { MaxAttempts = 3, Backoff = TimeSpan.FromSeconds(10), Multiplier = 2 },
    };

    public static readonly ExecutionSeed PollingSeed = CodeSeed with { Kind = HandlerKind.Polling, TaskName = "orders" };

    public static readonly ExecutionState Absent = ExecutionState.Absent(Id);
    public static readonly ExecutionState InLine = new() { Seed = CodeSeed, Status = ExecutionStatus.Waiting, CreatedAt = Noon.AddMinutes(-1) };
    public static readonly ExecutionState ForSlot = InLine with { Attempt = 1, FencingToken = 1 };
    public static readonly ExecutionState AtWork = ForSlot with { Status = ExecutionStatus.Running, Node = "node-a", StartedAt = Noon.AddSeconds(-30), RunStartedAt = Noon.AddSeconds(-30), WakeAt = Noon.AddSeconds(-30).AddHours(1) };
    public static readonly ExecutionState Unlimited = AtWork with { Seed = CodeSeed with { Timeout = null }, WakeAt = null };
    public static readonly ExecutionState OnceOnly = AtWork with { Seed = CodeSeed with { OnNodeLost = NodeLossPolicy.Fail } };
    public static readonly ExecutionState OnceOnlyForSlot = ForSlot with { Seed = OnceOnly.Seed };
    public static readonly ExecutionSeed KeyedSeed = CodeSeed with { ConcurrencyKey = "shop", KeyLimit = 2 };
    public static readonly ExecutionState Asking = InLine with { Seed = KeyedSeed, Admission = Admission.Asked, WakeAt = Noon };
    public static readonly ExecutionState LetIn = AtWork with { Seed = KeyedSeed, Admission = Admission.Granted };
    public static readonly ExecutionState LostOften = AtWork with { Lost = 4, Interrupted = true };
    public static readonly ExecutionState Retrying = AtWork with { Past = [Past(AttemptOutcome.Failed, "no connection")], RunStartedAt = null, Status = ExecutionStatus.Retrying, Error = "no connection", RetryAt = Noon.AddSeconds(5), WakeAt = Noon.AddSeconds(5) };
    public static readonly ExecutionState Cancelling = AtWork with { Stopping = StopReason.Cancelled, Error = "by hand", AbandonAt = Noon.AddSeconds(5), WakeAt = Noon.AddSeconds(5) };
    public static readonly ExecutionState CancellingForSlot = ForSlot with { Stopping = StopReason.Cancelled, Error = "by hand", AbandonAt = Noon.AddSeconds(5), WakeAt = Noon.AddSeconds(5) };
    public static readonly ExecutionState TimingOut = Cancelling with { Stopping = StopReason.TimedOut, Error = "too long" };

    public static readonly ExecutionState PollingInLine = InLine with { Seed = PollingSeed };
    public static readonly ExecutionState Polling = PollingInLine with { Status = ExecutionStatus.Running, Attempt = 1, StartedAt = Noon.AddSeconds(-30), WakeAt = Noon, Items = new(4, 1, 2, 0), Rows = 100 };
    public static readonly ExecutionState PollingCancelling = Polling with { Stopping = StopReason.Cancelled, Error = "by hand", WakeAt = Noon.AddSeconds(5) };

    public static readonly ExecutionState PollingProbed = Polling with { Probed = true };
    public static readonly ExecutionState PollingRetrying = Polling with { Status = ExecutionStatus.Retrying, Error = "no connection", RetryAt = Noon.AddSeconds(5), WakeAt = Noon.AddSeconds(5) };

    /// <summary>The run that <see cref="AtWork"/> is in, over at noon.</summary>
    public static PastAttempt Past(AttemptOutcome outcome, string? error, int number = 1) => new(number, "node-a", Noon.AddSeconds(-30), Noon, outcome, error);

    public static ExecutionState Ended(ExecutionStatus outcome) => AtWork with { Status = outcome, EndedAt = Noon.AddSeconds(-1), WakeAt = null };

    public static IReadOnlyList<ExecutionState> All =>
    [
        Absent, InLine, ForSlot, AtWork, OnceOnly, OnceOnlyForSlot, LostOften, Asking, LetIn, Unlimited, Retrying, Cancelling, CancellingForSlot, TimingOut, PollingInLine, Polling, PollingCancelling, PollingProbed, PollingRetrying,
        Ended(ExecutionStatus.Succeeded), Ended(ExecutionStatus.Failed), Ended(ExecutionStatus.TimedOut), Ended(ExecutionStatus.Cancelled),
        InLine with { Status = ExecutionStatus.Skipped, EndedAt = Noon.AddSeconds(-1) },
        Polling with { Status = ExecutionStatus.Succeeded, EndedAt = Noon.AddSeconds(-1), WakeAt = null },
    ];
}
