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

    /// <summary>Shards that are paused, where the next round of others begins, and the rows of the last round.</summary>
    public HashSet<ShardName> Paused { get; } = [];
    public Dictionary<ShardName, long> Begins { get; } = [];
    public Dictionary<ShardName, long> LastRows { get; } = [];
    public HashSet<string> Quarantined { get; } = [];

    public long RunRound(long number, string execution)
    {
        Round = (number, execution);
        LastRows.Clear();
        foreach (var shard in Names().Where(shard => !Paused.Contains(shard))) LastRows[shard] = RowsOfShard - Begins.GetValueOrDefault(shard);
        Begins.Clear();
        return LastRows.Values.Sum();
    }

    /// <summary>Patterns with one range of one digit each.</summary>
    public IEnumerable<ShardName> Names() =>
        from database in Expand(Definition.Handler.Polling!.Shards.Databases!)
        from table in Expand(Definition.Handler.Polling!.Shards.Tables!)
        select new ShardName(database, table);

    public IEnumerable<ShardView> Shards() => Names().Select(shard => new ShardView
    {
        Database = shard.Database, Table = shard.Table, Status = Paused.Contains(shard) ? ShardStatus.Paused : LastRows.ContainsKey(shard) ? ShardStatus.Completed : ShardStatus.Idle, Round = Round.Number,
        Cursor = LastRows.ContainsKey(shard) ? Cursor.At(RowsOfShard) : Cursor.Start, Rows = LastRows.GetValueOrDefault(shard), Pages = LastRows.ContainsKey(shard) ? 3 : 0, Attempt = 0, UpdatedAt = UpdatedAt,
    });

    public IEnumerable<DatabaseProgressView> Databases() => Shards().GroupBy(shard => shard.Database).Select(each => new DatabaseProgressView
    {
        Database = each.Key, Shards = Count([.. each]), Rows = each.Sum(shard => shard.Rows), Pages = each.Sum(shard => shard.Pages),
    });

    static ShardCounts Count(IReadOnlyList<ShardView> shards)
    {
        var (completed, paused) = (shards.Count(shard => shard.Status == ShardStatus.Completed), shards.Count(shard => shard.Status == ShardStatus.Paused));
        return new(shards.Count, shards.Count - completed - paused, 0, completed, 0, 0, paused);
    }

    public ProgressView Progress()
    {
        var shards = Shards().ToArray();
        return new()
        {
            Task = Name, Round = Round.Number, ExecutionId = Round.Execution, Shards = Count(shards),
            Rows = shards.Sum(shard => shard.Rows), Pages = shards.Sum(shard => shard.Pages), RowsPerSecond = 0,
        };
    }

    static IEnumerable<string> Expand(string pattern) => pattern.Split('{') is [var prefix, [var first, '.', '.', var last, ..]]
        ? Enumerable.Range(first - '0', last - first + 1).Select(number => $"{prefix}{number}") : [pattern];
}
