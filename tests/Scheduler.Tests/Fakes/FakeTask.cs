using System.Globalization;

namespace Scheduler.Tests.Fakes;

sealed class FakeTask(TaskDefinition definition, DateTimeOffset createdAt)
{
    public const int RowsOfShard = 25;

    public TaskDefinition Definition { get; set; } = definition;
    public string Name => Definition.Name;
    public ScheduledTaskStatus Status { get; set; } = ScheduledTaskStatus.Enabled;
    public long Version { get; set; } = 1;
    public long Sequence { get; set; }
    public bool Fired { get; set; }
    public (long Number, string? Execution) Round { get; set; }
    public DateTimeOffset CreatedAt { get; } = createdAt;
    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public FakeTask Polling() => Definition.Handler.Polling is not null ? this : throw new SchedulerException(SchedulerErrorKind.Conflict, $"task \"{Name}\" does not poll");

    /// <summary>Fixed rates, and crons of the form <c>0 minute hour * * ?</c>.</summary>
    public IEnumerable<DateTimeOffset> Occurrences(DateTimeOffset after)
    {
        var schedule = Definition.Schedule;
        if (schedule?.Every is { } every)
            for (var at = CreatedAt + every; ; at += every)
                if (at > after) yield return at;
        if (schedule?.Cron?.Split(' ') is not [_, var minute, var hour, ..]) yield break;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone ?? "UTC");
        var time = new TimeSpan(int.Parse(hour, CultureInfo.InvariantCulture), int.Parse(minute, CultureInfo.InvariantCulture), 0);
        for (var day = after.UtcDateTime.Date.AddDays(-1); ; day = day.AddDays(1))
        {
            var at = new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(DateTime.SpecifyKind(day + time, DateTimeKind.Unspecified), zone));
            if (at >= schedule.EndAt) yield break;
            if (at > after) yield return at;
        }
    }

    /// <summary>Patterns with one range of one digit each.</summary>
    public IEnumerable<ShardView> Shards() =>
        from database in Expand(Definition.Handler.Polling!.Shards.Databases!)
        from table in Expand(Definition.Handler.Polling!.Shards.Tables!)
        select new ShardView
        {
            Database = database, Table = table, Status = Round.Number == 0 ? ShardStatus.Idle : ShardStatus.Completed, Round = Round.Number,
            Cursor = Round.Number == 0 ? Cursor.Start : Cursor.At(RowsOfShard), Rows = Round.Number == 0 ? 0 : RowsOfShard, Pages = Round.Number == 0 ? 0 : 3, Attempt = 0, UpdatedAt = UpdatedAt,
        };

    public ProgressView Progress()
    {
        var shards = Shards().ToArray();
        var completed = shards.Count(shard => shard.Status == ShardStatus.Completed);
        return new()
        {
            Task = Name, Round = Round.Number, ExecutionId = Round.Execution, Shards = new(shards.Length, shards.Length - completed, 0, completed, 0, 0, 0),
            Rows = shards.Sum(shard => shard.Rows), Pages = shards.Sum(shard => shard.Pages), RowsPerSecond = 0,
        };
    }

    static IEnumerable<string> Expand(string pattern) => pattern.Split('{') is [var prefix, [var first, '.', '.', var last, ..]]
        ? Enumerable.Range(first - '0', last - first + 1).Select(number => $"{prefix}{number}") : [pattern];
}
