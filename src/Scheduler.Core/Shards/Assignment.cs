namespace Scheduler.Shards;

/// <summary>
/// Which node runs which shard: as even as can be, and no shard moves that need not. It is asked shard by shard, since a task may have
/// more shards than should stand in one list; what it must know beforehand is how many there are on each node.
/// </summary>
public sealed class Assignment
{
    sealed class Share(string node, int quota)
    {
        public readonly string Node = node;
        public int Kept = quota; // shards that may stay
        public int Free;         // shards that may come
        public int Given;
    }

    readonly Share[] shares;
    readonly Dictionary<string, Share> byNode;

    /// <summary>Begins to assign.</summary>
    /// <param name="nodes">Those that can run the shards; one at least.</param>
    /// <param name="present">Shards on each node, of those that are to be assigned; nodes that cannot run them, and the empty name for shards that never ran, included.</param>
    public Assignment(IReadOnlyCollection<string> nodes, IReadOnlyDictionary<string, int> present)
    {
        if (nodes.Count == 0) throw new ArgumentException("expected a node at least, got none", nameof(nodes));
        var (least, more) = Math.DivRem(present.Values.Sum(), nodes.Count);
        // Who has most keeps one more, so that as few as possible move; the name decides among equals, so that all who ask get one answer.
        shares = [.. nodes.OrderByDescending(Present).ThenBy(node => node, StringComparer.Ordinal).Select((node, index) => new Share(node, least + (index < more ? 1 : 0)))];
        foreach (var share in shares)
        {
            var stay = Math.Min(share.Kept, Present(share.Node));
            (share.Kept, share.Free) = (stay, share.Kept - stay);
        }
        byNode = shares.ToDictionary(share => share.Node, StringComparer.Ordinal);

        int Present(string node) => present.GetValueOrDefault(node);
    }

    /// <summary>The node for the next shard.</summary>
    /// <param name="present">Where it is; null: nowhere yet.</param>
    public string Place(string? present)
    {
        if (present is not null && byNode.TryGetValue(present, out var home) && home.Kept > 0)
        {
            home.Kept--;
            home.Given++;
            return home.Node;
        }
        // Shards that were counted elsewhere, or not at all, go where there are fewest.
        var next = shares[0];
        foreach (var share in shares)
            if (share.Free > next.Free || (share.Free == next.Free && share.Given < next.Given)) next = share;
        next.Free--;
        next.Given++;
        return next.Node;
    }
}
