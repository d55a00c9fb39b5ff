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
        var there = network.Members.Where(member => member.Local.Holds(shard)).ToArray();
        if (there.Length == 0) places[shard] = place;
        else if (there.All(member => member.Id != Of(shard))) places[shard] = there[0].Id; // loaded by one who named no place
    }
}
