using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>
/// What an actor system's directory is for: where a shard is loaded. Whoever names a place for a shard that is in none has it loaded
/// there, and there it stays until it leaves. Where the place is not in an asker's view, the asker falls back to what all agree on.
/// </summary>
sealed class ShardPlaces(Network network)
{
    readonly Dictionary<ShardKey, string> places = [];

    public string? Of(ShardKey shard) => places.GetValueOrDefault(shard);

    public void Put(ShardKey shard, string place)
    {
        var there = Of(shard) is { } known ? network.Members.FirstOrDefault(member => member.Id == known) : null;
        if (there is null || !there.Local.Holds(shard)) places[shard] = place;
    }
}
