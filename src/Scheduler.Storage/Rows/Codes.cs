using Scheduler.Executions;

namespace Scheduler.Storage.Rows;

/// <summary>
/// The numbers that stand for an enumeration's members in the database, one by one, so that no change of a type moves them.
/// The SQL files have the same table.
/// </summary>
sealed class Codes<T>(params (T Value, int Number)[] pairs) where T : struct, Enum
{
    readonly Dictionary<T, int> numbers = pairs.ToDictionary(pair => pair.Value, pair => pair.Number);
    readonly Dictionary<long, T> values = pairs.ToDictionary(pair => (long)pair.Number, pair => pair.Value);

    /// <summary>The number; 0, which every table refuses, for what is never stored.</summary>
    public int Of(T value) => numbers.GetValueOrDefault(value);

    public T From(long number) => values.TryGetValue(number, out var value)
        ? value
        : throw new InvalidDataException($"expected the number of a {typeof(T).Name} ({string.Join(", ", values.Keys)}), the database has {number}");
}

static class Codes
{
    public static readonly Codes<ScheduledTaskStatus> TaskStatus = new(
        (ScheduledTaskStatus.Enabled, 1), (ScheduledTaskStatus.Paused, 2), (ScheduledTaskStatus.Deleted, 3));

    public static readonly Codes<HandlerKind> TaskType = new((HandlerKind.Code, 1), (HandlerKind.Polling, 2));

    public static readonly Codes<ExecutionStatus> ExecutionStatus = new(
        (Scheduler.ExecutionStatus.Waiting, 1), (Scheduler.ExecutionStatus.Running, 2), (Scheduler.ExecutionStatus.Retrying, 3),
        (Scheduler.ExecutionStatus.Succeeded, 4), (Scheduler.ExecutionStatus.Failed, 5), (Scheduler.ExecutionStatus.TimedOut, 6),
        (Scheduler.ExecutionStatus.Cancelled, 7), (Scheduler.ExecutionStatus.Skipped, 8));

    public static readonly Codes<TriggerKind> Trigger = new((TriggerKind.Schedule, 1), (TriggerKind.Manual, 2), (TriggerKind.Retry, 3));

    public static readonly Codes<LogLineLevel> LogLevel = new(
        (LogLineLevel.Trace, 1), (LogLineLevel.Debug, 2), (LogLineLevel.Information, 3), (LogLineLevel.Warning, 4), (LogLineLevel.Error, 5), (LogLineLevel.Critical, 6));

    public static readonly Codes<ShardStatus> ShardStatus = new(
        (Scheduler.ShardStatus.Idle, 1), (Scheduler.ShardStatus.Running, 2), (Scheduler.ShardStatus.Paused, 3),
        (Scheduler.ShardStatus.Completed, 4), (Scheduler.ShardStatus.Failed, 5), (Scheduler.ShardStatus.Cancelled, 6),
        (Scheduler.ShardStatus.Gone, 7));
}
