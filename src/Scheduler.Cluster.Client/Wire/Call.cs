using System.Text.Json;

namespace Scheduler.Cluster.Wire;

/// <summary>A call of an <see cref="ISchedulerClient"/> that another process is to make.</summary>
/// <param name="Method">The member's name.</param>
/// <param name="Arguments">By their names; those that are left out are as the member has them by default.</param>
sealed record Call(string Method, IReadOnlyDictionary<string, JsonElement> Arguments)
{
    /// <summary>The tenant that it is made for; null: the one that holds where none is named.</summary>
    public string? Tenant { get; init; }
}
