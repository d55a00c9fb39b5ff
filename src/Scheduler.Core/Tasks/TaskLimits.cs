namespace Scheduler.Tasks;

/// <summary>The bounds that a task's decisions know.</summary>
public sealed record TaskLimits
{
    /// <summary>Open executions that a task may have, those that wait for their turn included.</summary>
    public int OpenExecutions { get; init; } = 100;

    /// <summary>Missed occurrences that <see cref="MisfirePolicy.CatchUp"/> makes up for at most; the latest are kept, and one record stands for those before.</summary>
    public int CatchUp
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(CatchUp), value, "expected 1 or more: an occurrence in time is one of them");
    } = 100;

    /// <summary>How late an occurrence may be before its misfire policy holds, counted from the end of its jitter.</summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long before its start an occurrence may be decided on, so that it is durable by then; nothing begins earlier. About two commits; zero: at its start.
    /// At most 100 ms.
    /// </summary>
    public TimeSpan FireAhead
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromMilliseconds(100) ? value : throw new ArgumentOutOfRangeException(nameof(FireAhead), value, "expected 0 to 100 ms");
    } = TimeSpan.FromMilliseconds(10);

    /// <summary>How soon the task has to be due again for the word that an execution has ended to be written together with what follows from that; else it is at once.</summary>
    public TimeSpan JoinsWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The wait before an execution that has not answered is told again; doubles up to <see cref="AskAtMost"/>.</summary>
    public TimeSpan AskAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How old a word that makes a task or an execution may be. History is kept longer, so that nothing late brings it back.</summary>
    public TimeSpan WordLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The longest wait between two questions after an execution.</summary>
    public TimeSpan AskAtMost { get; init; } = TimeSpan.FromMinutes(5);
}
