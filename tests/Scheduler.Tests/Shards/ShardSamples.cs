using Scheduler.Executions;
using Scheduler.Shards;

namespace Scheduler.Tests.Shards;

/// <summary>A shard in each of its states.</summary>
static class ShardSamples
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    public static readonly RetryPolicy Policy = new() { MaxAttempts = 3, Backoff = TimeSpan.FromSeconds(10), Multiplier = 2 };
    public static readonly ExecutionId Execution = new("e7");
    public const string Node = "node-a";

    public static readonly ShardState Absent = ShardState.Absent(ShardKey.Of(7, "order_17", "t_order_04"));
    public static readonly ShardState Idle = ShardDecider.Create(Noon.AddDays(-9), 7, "default", new("order_17", "t_order_04"));

    /// <summary>In round 7, with two pages done.</summary>
    public static readonly ShardState AtWork = Idle with
    {
        Status = ShardStatus.Running, Round = 7, Execution = Execution, FencingToken = 9, Cursor = Cursor.At(200), HighestKey = "500", Bounded = true,
        Rows = 200, Pages = 2, TotalRows = 1200, Node = Node, StartedAt = Noon.AddMinutes(-1), UpdatedAt = Noon.AddSeconds(-1),
    };

    public static readonly ShardState Unbounded = AtWork with { Cursor = Cursor.Start, Bounded = false, HighestKey = null, Rows = 0, Pages = 0 };
    public static readonly ShardState Retrying = AtWork with { Attempt = 2, RetryAt = Noon.AddSeconds(20), Error = "the last failure" };
    public static readonly ShardState Paused = AtWork with { Status = ShardStatus.Paused, PausedFrom = ShardStatus.Idle };
    public static readonly ShardState Rejoining = AtWork with { Status = ShardStatus.Idle };
    public static readonly ShardState Rewound = AtWork with { Status = ShardStatus.Completed } with { RewindEpoch = 2, RewindTo = new("150", null) };
    public static readonly ShardState Completed = AtWork with { Status = ShardStatus.Completed };
    public static readonly ShardState Failed = AtWork with { Status = ShardStatus.Failed, Attempt = 3, Error = "the last failure" };
    public static readonly ShardState Cancelled = AtWork with { Status = ShardStatus.Cancelled };

    public static readonly ShardState HandsOver = Completed with { Before = Noon.AddMinutes(-2) };
    public static readonly ShardState Changes = AtWork with { Incremental = true, From = Noon.AddMinutes(-2), Before = Noon, Cursor = Cursor.At(5, 200) };
    public static readonly ShardState Gone = Changes with { Status = ShardStatus.Gone };

    public static IReadOnlyList<ShardState> All => [Absent, Idle, AtWork, Unbounded, Retrying, Paused, Rejoining, Rewound, Completed, Failed, Cancelled, HandsOver, Changes, Gone];
}
