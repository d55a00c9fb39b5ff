namespace Scheduler.Executions;

/// <summary>The bounds that an execution's decisions know.</summary>
public sealed record ExecutionLimits
{
    /// <summary>How old a word that makes an execution may be. History is kept longer, so that nothing late brings it back.</summary>
    public TimeSpan WordLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a run may take to heed its cancellation before it is given up.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs of one execution that may be lost with their nodes; the last of them fails it, since its own code may be what ends them. 1 to 100.</summary>
    public int LostRuns
    {
        get;
        init => field = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(LostRuns), value, "expected 1 to 100");
    } = 5;

    /// <summary>Runs that are over and that an execution remembers, beside its last one. 1 to 100.</summary>
    public int PastAttempts
    {
        get;
        init => field = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(PastAttempts), value, "expected 1 to 100");
    } = 20;

    /// <summary>How often an execution that its tenant has not let in asks again.</summary>
    public TimeSpan AskTenantEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a polling execution looks after its shards.</summary>
    public TimeSpan SuperviseEvery { get; init; } = TimeSpan.FromSeconds(30);
}
