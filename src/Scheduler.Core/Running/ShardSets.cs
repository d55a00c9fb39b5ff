using Microsoft.Extensions.Logging;
using Scheduler.Definitions;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>Sees to it that a task has the rows of just those shards that its definition names.</summary>
public sealed class ShardSets(Node node)
{
    // What was seen to by this process, by task: which revision of the definition, and its shards. It saves a round the reading of them all.
    readonly Lock gate = new();
    readonly Dictionary<long, (long Revision, ShardsDefinition Shards)> seen = [];

    /// <summary>Inserts shards that are missing and deletes those that the definition names no more. A task that runs is not changed so.</summary>
    public async Task EnsureAsync(TaskState task)
    {
        if (task.Definition.Handler.Shape?.Shards is not { } shards) return;
        lock (gate) if (seen.TryGetValue(task.Id, out var known) && known == (task.Revision, shards)) return;

        var names = ShardPatterns.Expand(shards, node.Limits.ShardsPerTask);
        var wanted = new Dictionary<long, ShardName>(names.Count);
        foreach (var name in names) wanted.Add(ShardKey.Of(task.Id, name.Database, name.Table).ShardId, name);

        List<long> gone = [];
        for (var last = 0L; ;)
        {
            var present = await node.Store.ShardsAsync(task.Id, last, node.Limits.ReadBatch, CancellationToken.None);
            foreach (var shard in present)
                if (!wanted.Remove(shard.State.Key.ShardId)) gone.Add(shard.State.Key.ShardId);
            if (present.Count < node.Limits.ReadBatch) break;
            last = present[^1].State.Key.ShardId;
        }
        // What still says an older round, slowly, belongs to an execution that has ended: it must not begin in a shard that came after.
        var after = task.Open.IsEmpty ? task.Sequence : task.Open.Min(open => open.Seed.Sequence) - 1;
        foreach (var some in wanted.Values.Chunk(node.Limits.ReadBatch))
            await node.Store.InsertShardsAsync([.. some.Select(name => ShardDecider.Create(node.Clock.Now, task.Id, task.Tenant, name, after))], CancellationToken.None);
        foreach (var some in gone.Chunk(node.Limits.ReadBatch))
            await node.Store.DeleteShardsAsync(task.Id, some, CancellationToken.None);

        lock (gate)
        {
            if (seen.Count >= 1024) seen.Clear();
            seen[task.Id] = (task.Revision, shards);
        }
    }

    /// <summary>As <see cref="EnsureAsync"/>; a failure is told, and mended by the next round.</summary>
    public async Task TryEnsureAsync(TaskState task)
    {
        try
        {
            await EnsureAsync(task);
        }
        catch (Exception failure)
        {
            node.Log.LogWarning(failure, "The shards of task {Task} could not be made; its next round tries again", task.Definition.Name);
        }
    }
}
