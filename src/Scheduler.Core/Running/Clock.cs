namespace Scheduler.Running;

/// <summary>
/// The time that decisions see: the database's, carried on by this process's monotonic clock, so that a step of the local clock moves nothing.
/// </summary>
public sealed class Clock(TimeProvider time)
{
    sealed record Anchor(DateTimeOffset Time, long Timestamp);

    /// <summary>How far the time may be ahead of the database's.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(0.5);

    Anchor? anchor;

    /// <summary>The time; the local clock's until the database was asked for the first time.</summary>
    public DateTimeOffset Now => Volatile.Read(ref anchor) is { } known ? known.Time + time.GetElapsedTime(known.Timestamp) : time.GetUtcNow();

    /// <summary>
    /// Takes the database's time over where this clock does not agree with it. <paramref name="asked"/> is the timestamp before the question:
    /// the database looked at its clock some time between then and now, and a clock that goes with that is left alone.
    /// </summary>
    public void Correct(DateTimeOffset databaseTime, long asked)
    {
        var answered = time.GetTimestamp();
        var underWay = time.GetElapsedTime(asked, answered);
        var now = Now;
        var known = Volatile.Read(ref anchor) is not null;
        // An answer that took long says little. A clock that is behind is late for once; one that is ahead fires before the time.
        var agrees = now >= databaseTime && now <= databaseTime + (known ? underWay : Shorter(underWay, MostAhead));
        if (agrees && known) return;
        Volatile.Write(ref anchor, new(agrees ? now : databaseTime + Shorter(underWay / 2, MostAhead), answered));
    }

    static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
