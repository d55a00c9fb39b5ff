using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>No round puts a shard to a node of which it has long known that somebody drains it, as long as it has long known of another.</summary>
sealed class DrainedGetsNoShards : Promise
{
    /// <summary>How long the shards of a round may be on their way, while the store is slow.</summary>
    static readonly TimeSpan Long = TimeSpan.FromSeconds(15);

    readonly Dictionary<(Process Knows, string Node, bool Drained), TimeSpan> since = [];

    public override void Stepped()
    {
        foreach (var process in Simulation.Network.Members)
            foreach (var node in process.Alive)
            {
                var isDrained = process.Node.Orders.IsDrained(node);
                since.TryAdd((process, node, isDrained), Simulation.World.Elapsed);
                since.Remove((process, node, !isDrained));
            }
    }

    public override void Sent(Process process, string to, object command)
    {
        // A client that resumes a shard says its own name, and has it loaded anywhere.
        var place = command switch { ShardCommand.Start start when start.Node != process.Id => start.Node, ShardCommand.Move move => move.Node, _ => null };
        if (place is null || !HasLongBeen(process, place, drained: true)) return;
        Expect(!process.Alive.Any(other => HasLongBeen(process, other, drained: false)), to, () => $"{process} puts it to {place}, which is drained");
    }

    bool HasLongBeen(Process process, string node, bool drained) =>
        since.TryGetValue((process, node, drained), out var from) && process.Alive.Contains(node) && Simulation.World.Elapsed - from > Long;
}
