using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Scheduler.Executions;

namespace Scheduler.Tenants;

/// <summary>A tenant's name, or <see cref="Everything"/>.</summary>
/// <param name="Value">The name.</param>
public readonly record struct TenantName(string Value)
{
    /// <summary>Stands for all tenants: what is said of it holds for each. No tenant can have this name.</summary>
    public static TenantName Everything { get; } = new("*");

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Whether anything of a tenant may begin.</summary>
public enum TenantStatus
{
    /// <summary>It may.</summary>
    Open = 1,
    /// <summary>Somebody paused the tenant.</summary>
    Paused,
}

/// <summary>
/// What a tenant remembers: one row of <c>schedule_tenant</c>. Whoever people never spoke of, and whose executions have no key, has none.
/// Only <see cref="TenantDecider"/> makes a new one.
/// </summary>
public sealed record TenantState
{
    /// <summary>A tenant of which nothing was ever said.</summary>
    public static TenantState New(TenantName name) => new() { Name = name };

    /// <summary>The name.</summary>
    public required TenantName Name { get; init; }

    /// <summary>Whether anything of it may begin.</summary>
    [JsonIgnore]
    public TenantStatus Status => PausedAt is null ? TenantStatus.Open : TenantStatus.Paused;

    /// <summary>Since when it is paused; null while it is not.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>Executions of the tenant at once; null: as many as there are slots.</summary>
    public int? Limit { get; init; }

    /// <summary>Executions that may run. Those of a tenant that has no limit are here only where they have a key.</summary>
    public ImmutableArray<Admitted> Running { get; init; } = [];

    /// <summary>Executions that wait, in the order in which they came.</summary>
    public ImmutableArray<Queued> Waiting { get; init; } = [];

    /// <summary>Executions that ever waited.</summary>
    public long Arrivals { get; init; }

    /// <summary>Those who wait, the next one first.</summary>
    public IEnumerable<Queued> Line => Waiting.OrderBy(each => each.Place);

    /// <summary>Executions of a key that may run.</summary>
    public int CountOf(string? key) => key is null ? 0 : Running.Count(each => each.Key == key);
}

/// <summary>An execution that may run.</summary>
/// <param name="Execution">The execution.</param>
/// <param name="Key">What it works on; null where it has no key.</param>
/// <param name="Since">Since when it may.</param>
/// <param name="AskedAt">When it was last told so, and with it asked whether it has ended.</param>
public sealed record Admitted(ExecutionId Execution, string? Key, DateTimeOffset Since, DateTimeOffset AskedAt);

/// <summary>An execution that waits.</summary>
/// <param name="Execution">The execution.</param>
/// <param name="Key">What it works on; null where it has no key.</param>
/// <param name="KeyLimit">Executions of that key at once.</param>
/// <param name="Place">Lower ones go first: the arrival, less what the priority is worth.</param>
public sealed record Queued(ExecutionId Execution, string? Key, int? KeyLimit, long Place);
