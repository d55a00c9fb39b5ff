namespace Scheduler;

/// <summary>The user's code that finds the shards of a polling task, in place of a pattern or a list.</summary>
public interface IShardDiscovery
{
    /// <summary>
    /// The shards that there are, each once. It is called each time that a round begins: what is new joins the round; what is there no
    /// more is kept as <see cref="ShardStatus.Gone"/> and not run, until it is found again. What it throws is told, and it is asked again.
    /// </summary>
    Task<IReadOnlyList<ShardName>> DiscoverAsync(DiscoveryContext context, CancellationToken cancellationToken);
}

/// <summary>What shards are looked for.</summary>
/// <param name="Tenant">The tenant that owns the task.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Round">The round that begins.</param>
public sealed record DiscoveryContext(string Tenant, string Task, long Round);
