namespace Scheduler.Running;

/// <summary>
/// The time that decisions see: the database's, carried on by this process's monotonic clock, so that a step of the local clock moves nothing.
/// </summary>
public sealed class Clock(TimeProvider time)
{
    sealed record Anchor(DateTimeOffset Time, long Timestamp);

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
        var agrees = now >= databaseTime && now <= databaseTime + underWay;
        if (agrees && Volatile.Read(ref anchor) is not null) return;
        Volatile.Write(ref anchor, new(agrees ? now : databaseTime + underWay / 2, answered));
    }
}
