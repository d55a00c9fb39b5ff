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

    /// <summary>Takes the database's time over. <paramref name="asked"/> is the timestamp before the question: half of the way there and back is added.</summary>
    public void Correct(DateTimeOffset databaseTime, long asked)
    {
        var answered = time.GetTimestamp();
        Volatile.Write(ref anchor, new(databaseTime + time.GetElapsedTime(asked, answered) / 2, answered));
    }
}
