using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Conformance.Stores;

/// <summary>States to store.</summary>
public static class States
{
    /// <summary>A whole second.</summary>
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The smallest time there is: 100 ns.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    public static TaskState Task(long id, string name = "orders", string tenant = "default") => new()
    {
        Id = id,
        Tenant = tenant,
        Definition = new() { Name = name, Handler = new() { Code = new() { Handler = "h" } } },
        Revision = 1,
        Status = ScheduledTaskStatus.Enabled,
        CreatedAt = Noon,
        UpdatedAt = Noon,
    };

    public static TaskState FullTask(long id) => Task(id) with
    {
        Definition = new()
        {
            Name = "Ünïcode \"quoted\" 'name' 订单 🚚 ",
            Description = "line\nbreak, tab\t, \u0001",
            Schedule = new() { Cron = "0 0 2 * * ?", TimeZone = "Asia/Shanghai", StartAt = Noon + 3 * Tick, EndAt = Noon.AddYears(1) - Tick, Misfire = MisfirePolicy.CatchUp },
            Handler = new()
            {
                Polling = new()
                {
                    Handler = "poll",
                    Shards = new() { List = [new("db 1", "t_1"), new("db 2", "t_2")] },
                    PageSize = 100_000,
                    ThreadCount = 64,
                    BatchSize = 7,
                    DeadLetter = new() { AfterAttempts = 3 },
                    Limits = new() { PerDatabase = 2, RowsPerSecond = 1_000 },
                },
            },
            Overlap = OverlapPolicy.Queue,
            Timeout = TimeSpan.FromDays(3) + 7 * Tick,
            Retry = new() { MaxAttempts = 100, Backoff = Tick, Multiplier = 1.1, MaxBackoff = TimeSpan.FromDays(7) },
            Priority = 10,
            Parameters = Json("""{ "b": [1, 1.50, 1e400, "\u0000", null, true], "a": {"x": "订单"} }"""),
        },
        Revision = long.MaxValue,
        Sequence = 1L << 60,
        Status = ScheduledTaskStatus.Paused,
        CreatedAt = Noon + Tick,
        UpdatedAt = Noon + 9999 * Tick,
        Watermark = Noon - Tick,
        NextAt = Noon.AddDays(400) + 5001 * Tick,
        Quarantined = [new("db 1", Noon + 19 * Tick), new("订单 \"2\"", Noon)],
        Open =
        [
            new(FullExecution(1).Seed, true, Noon + 17 * Tick, Noon.AddSeconds(5) + Tick, 3),
            new(Execution(2, 42).Seed, false, Noon + 18 * Tick, Noon.AddSeconds(9), 0, "its task was \"deleted\""),
        ],
    };

    public static ExecutionId ExecutionId(int number) => new(number.ToString("x32"));

    public static ExecutionState Execution(int number, long taskId, string taskName = "orders", string tenant = "default", DateTimeOffset? scheduledAt = null) => new()
    {
        Seed = new(ExecutionId(number), taskId, tenant, taskName, HandlerKind.Code, number, TriggerKind.Schedule, null, scheduledAt ?? Noon),
        Status = ExecutionStatus.Waiting,
        CreatedAt = Noon,
    };

    public static ExecutionState Ended(ExecutionState state, DateTimeOffset at, ExecutionStatus status = ExecutionStatus.Succeeded) => state with { Status = status, EndedAt = at, WakeAt = null };

    public static ExecutionState FullExecution(int number) => new()
    {
        Seed = new(ExecutionId(number), 42, "tenant 'x'", "订单 \"q\"", HandlerKind.Polling, 1L << 60, TriggerKind.Manual, "somebody 🚚", Noon + 4321 * Tick)
        {
            Timeout = TimeSpan.FromHours(1) + Tick,
            Retry = new() { MaxAttempts = 7, Backoff = TimeSpan.FromTicks(12345678), Multiplier = 1.7, MaxBackoff = TimeSpan.FromHours(30) },
            Priority = 1,
            Parameters = Json("""[0.1, "x", {"k": "v"}]"""),
            SkippedBecause = "a policy",
            RetryOf = ExecutionId(41),
            RetriedRound = 1L << 59,
        },
        Status = ExecutionStatus.Retrying,
        Attempt = int.MaxValue,
        FencingToken = long.MaxValue,
        Items = new(100_000, 99_990, 4, 6),
        Rows = long.MaxValue - 1,
        Node = "node-1",
        CreatedAt = Noon + 11 * Tick,
        StartedAt = Noon + 12 * Tick,
        WakeAt = Noon + 13 * Tick,
        Stopping = StopReason.TimedOut,
        AbandonAt = Noon + 14 * Tick,
        Probed = true,
        RetryAt = Noon + 15 * Tick,
        Past = [new(3, "node 'x'", Noon + 16 * Tick, Noon + 17 * Tick, AttemptOutcome.Lost, "lost 🚚"), new(4, null, null, Noon, AttemptOutcome.Interrupted, null)],
        RunStartedAt = Noon + 18 * Tick,
        Lost = 3,
        Interrupted = true,
        Stack = "at Work() in \"x\"\n  at 订单()",
        Result = Json("""{"n": 12345678901234567890, "t": "é"}"""),
        Error = "it's \"broken\"\n订单 🚚",
    };

    public static ShardState Shard(long taskId, string database, string table) => new()
    {
        Key = ShardKey.Of(taskId, database, table),
        Tenant = "default",
        Database = database,
        Table = table,
        Status = ShardStatus.Idle,
        CreatedAt = Noon,
        UpdatedAt = Noon,
    };

    public static ShardState Shard(long taskId, long id, long round = 0, ShardStatus status = ShardStatus.Idle) =>
        Shard(taskId, "db", $"t_{id}") with { Key = new(taskId, id), Round = round, Status = status };

    public static ShardState FullShard(long taskId) => Shard(taskId, "Dätenbank \"1\"", "таблица 'x' ") with
    {
        Tenant = "tenant 'x'",
        Status = ShardStatus.Running,
        Round = long.MaxValue,
        Execution = ExecutionId(77),
        FencingToken = long.MaxValue,
        RewindEpoch = 5,
        RewindTo = new("key '3' 🚚", Noon + 25 * Tick),
        PausedFrom = ShardStatus.Failed,
        Cursor = new("2026-03-01T12:00:00.1234567Z", "key '7' 🚚"),
        HighestKey = "key '9'",
        Bounded = true,
        Incremental = true,
        From = Noon - 3 * Tick,
        Before = Noon + 4 * Tick,
        Rows = 1L << 61,
        Pages = 1L << 59,
        TotalRows = 1L << 62,
        Attempt = int.MaxValue,
        RetryAt = Noon + 21 * Tick,
        Node = "node-2",
        Error = "no such table: 'x'\n🚚",
        CreatedAt = Noon + 22 * Tick,
        StartedAt = Noon + 9998 * Tick,
        UpdatedAt = Noon + 24 * Tick,
    };

    /// <summary>All of a state as text: lists and JSON by their content.</summary>
    public static string Text<T>(T state) => JsonSerializer.Serialize(state, Indented);

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
