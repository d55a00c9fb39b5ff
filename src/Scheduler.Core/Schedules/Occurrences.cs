namespace Scheduler.Schedules;

/// <summary>A schedule's occurrences, whatever its kind, as if it had neither start nor end.</summary>
abstract class Occurrences
{
    public static Occurrences Of(ScheduleDefinition schedule, DateTimeOffset createdAt) => schedule switch
    {
        { Cron: { } cron } => CronOccurrences.Of(cron, schedule.TimeZone),
        { Every: { } every } => schedule.StartAt is { } start ? new FixedRate(Up(start), every, 0) : new FixedRate(Down(createdAt), every, 1),
        { At: { } at } => new OneInstant(Up(at)),
        _ => throw new ArgumentException("expected a schedule with one of cron, every, at; got one with none: what a delay is due at follows from what its task has done", nameof(schedule)),
    };

    /// <summary>The first occurrence after an instant; null where there is none.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset after);

    /// <summary>The latest occurrence at or before an instant; null where there is none.</summary>
    public abstract DateTimeOffset? Latest(DateTimeOffset until);

    static DateTimeOffset Down(DateTimeOffset instant) => new(instant.UtcTicks - instant.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    internal static DateTimeOffset Up(DateTimeOffset instant) => Down(instant) is var down && down < instant && down < Down(DateTimeOffset.MaxValue) ? down.AddMilliseconds(1) : down;
}

/// <summary>One occurrence.</summary>
sealed class OneInstant(DateTimeOffset at) : Occurrences
{
    public override DateTimeOffset? Next(DateTimeOffset after) => at > after ? at : null;

    public override DateTimeOffset? Latest(DateTimeOffset until) => at <= until ? at : null;
}

/// <summary>Occurrences at anchor + n × every, n from <paramref name="first"/>.</summary>
sealed class FixedRate(DateTimeOffset anchor, TimeSpan every, long first) : Occurrences
{
    readonly long step = every > TimeSpan.Zero ? every.Ticks : throw new ArgumentOutOfRangeException(nameof(every), every, "expected more than zero");

    public override DateTimeOffset? Next(DateTimeOffset after) => At(Math.Max(first, Count(after) + 1));

    public override DateTimeOffset? Latest(DateTimeOffset until) => Count(until) is var n && n >= first ? At(n) : null;

    /// <summary>The greatest n at or before the instant.</summary>
    long Count(DateTimeOffset instant)
    {
        var (n, rest) = Math.DivRem(instant.UtcTicks - anchor.UtcTicks, step);
        return rest < 0 ? n - 1 : n;
    }

    DateTimeOffset? At(long n)
    {
        var ticks = anchor.UtcTicks + (Int128)n * step;
        return ticks <= DateTimeOffset.MaxValue.UtcTicks ? new((long)ticks, TimeSpan.Zero) : null;
    }
}
