namespace Scheduler;

/// <summary>How a tenant stands.</summary>
public sealed record TenantView
{
    /// <summary>The tenant.</summary>
    public required string Tenant { get; init; }
    /// <summary>Since when it is paused; null while it is not.</summary>
    public DateTimeOffset? PausedAt { get; init; }
    /// <summary>Since when everything is paused; null while it is not.</summary>
    public DateTimeOffset? EverythingPausedAt { get; init; }
    /// <summary>Executions at once; null: any number.</summary>
    public int? Limit { get; init; }
    /// <summary>Executions that run under its limit, or a concurrency key.</summary>
    public required int Running { get; init; }
    /// <summary>Executions that wait in its line for that.</summary>
    public required int Waiting { get; init; }
}

/// <summary>What holds for a tenant.</summary>
public sealed record TenantSettings
{
    /// <summary>Executions at once, over all its tasks: 1 to 1,000. Absent: any number.</summary>
    public int? Limit { get; init; }
}

/// <summary>Whether everything is paused.</summary>
/// <param name="PausedAt">Since when; null while it is not.</param>
public sealed record PauseView(DateTimeOffset? PausedAt);
