using Orleans.Runtime;

namespace Scheduler.Cluster.Membership;

/// <summary>A node's id is its silo's address with the generation: new at each start of a process, and enough to address it.</summary>
static class NodeIds
{
    public static string Of(SiloAddress silo) => silo.ToParsableString();

    /// <summary>The silo; null where the id is none's of a cluster (a standalone server wrote it, say).</summary>
    public static SiloAddress? SiloOf(string? node)
    {
        if (node is null || !node.Contains('@')) return null;
        try
        {
            return SiloAddress.FromParsableString(node);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
