using Microsoft.Extensions.Logging;
using Scheduler.Definitions;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>Sees to it that a task has the rows of just those shards that its definition names.</summary>
public sealed class ShardSets(Node node)
{
    // What was seen to by this process: the revision of each task's definition. It saves a round the reading of all its shards.
    readonly Lock gate = new();
    readonly Dictionary<long, long> seen = [];

    // One at a time for a task: what an older definition has slowly read must not be done after a newer one was.
    readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Inserts shards that are missing and deletes those that the definition names no more. A task that runs is not changed so.</summary>
    public async Task EnsureAsync(TaskState task)
    {
        if (task.Definition.Handler.Shape?.Shards is not { Discover: null } shards) return;
        if (IsSeen(task)) return;
        var turn = turns[task.Id % turns.Length];
        await turn.WaitAsync();
        try
        {
            if (!IsSeen(task)) await SeeToAsync(task, shards);
        }
        finally
        {
            turn.Release();
        }
    }

    bool IsSeen(TaskState task)
    {
        lock (gate) return seen.TryGetValue(task.Id, out var revision) && revision >= task.Revision;
    }

    async Task SeeToAsync(TaskState task, ShardsDefinition shards)
    {
        var names = ShardPatterns.Expand(shards, node.Limits.ShardsPerTask);
        var (missing, gone) = await CompareAsync(task, names, CancellationToken.None);
        await InsertAsync(task, missing);
        foreach (var some in gone.Chunk(node.Limits.ReadBatch))
            await node.Store.DeleteShardsAsync(task.Id, [.. some.Select(shard => shard.State.Key.ShardId)], CancellationToken.None);

        lock (gate)
        {
            if (seen.Count >= 1024) seen.Clear();
            seen[task.Id] = task.Revision;
        }
    }

    /// <summary>Has the user's code find the shards: those that are new are inserted, those that are there no more stay as tombstones.</summary>
    /// <returns>Why it could not; null: it has. Where the round is under way already, it goes on with the shards that are known.</returns>
    public async Task<(string Text, bool Retryable)?> DiscoverAsync(TaskState task, string handler, long round, CancellationToken stop)
    {
        await node.HandlerAsync(handler, HandlerKind.Discovery, task.Definition.Name, stop);
        IReadOnlyList<ShardName> names;
        try
        {
            using var slot = await node.Slots.AcquireAsync(task.Definition.Priority, stop);
            names = await node.Handlers.DiscoverAsync(handler, new(task.Tenant, task.Definition.Name, round), stop) ?? throw new NonRetryableException("expected a list of shards, got null");
            if (names.Count > 0 && ShardPatterns.Check(new() { List = names }, node.Limits.ShardsPerTask) is [var wrong, ..]) throw new NonRetryableException(wrong.Message);
        }
        catch (Exception thrown) when (thrown is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            var text = Failures.Bounded($"discover: {Failures.Text(thrown)}");
            var totals = await node.Store.CountRoundAsync(task.Id, round, stop);
            if (totals.LastChange is null) return (text, thrown is not NonRetryableException);
            node.Log.LogWarning("The shards of task {Task} could not be discovered again; its round goes on with those that are known: {Reason}", task.Definition.Name, text);
            return null;
        }

        // A round that was cancelled meanwhile says nothing of what is there: a later one may have looked since.
        var (missing, gone) = await CompareAsync(task, names, stop);
        await InsertAsync(task, missing);
        stop.ThrowIfCancellationRequested();
        foreach (var some in gone.Where(shard => shard.State.Status != ShardStatus.Gone).Chunk(node.Limits.ReadBatch))
            await some.Select(shard => node.Router.AskAsync(shard.State.Key, new ShardCommand.Missed(node.Clock.Now) { Round = round }, shard)).AllAsync();
        return null;
    }

    /// <summary>What is wanted and has no row, and the rows of what is not wanted. A tombstone that is wanted again is one no more.</summary>
    async Task<(IReadOnlyCollection<ShardName> Missing, IReadOnlyList<Stored<ShardState>> Gone)> CompareAsync(TaskState task, IReadOnlyList<ShardName> names, CancellationToken stop)
    {
        var wanted = new Dictionary<long, ShardName>(names.Count);
        foreach (var name in names) wanted.Add(ShardKey.Of(task.Id, name.Database, name.Table).ShardId, name);
        List<Stored<ShardState>> gone = [];
        for (var after = 0L; ;)
        {
            var present = await node.Store.ShardsAsync(task.Id, after, node.Limits.ReadBatch, stop);
            List<Task> found = [];
            foreach (var shard in present)
                if (!wanted.Remove(shard.State.Key.ShardId)) gone.Add(shard);
                else if (shard.State.Status == ShardStatus.Gone) found.Add(node.Router.AskAsync(shard.State.Key, new ShardCommand.Found(node.Clock.Now), shard));
            await found.AllAsync();
            if (present.Count < node.Limits.ReadBatch) return (wanted.Values, gone);
            after = present[^1].State.Key.ShardId;
        }
    }

    async Task InsertAsync(TaskState task, IReadOnlyCollection<ShardName> names)
    {
        // What still says an older round, slowly, belongs to an execution that has ended: it must not begin in a shard that came after.
        var after = task.Open.IsEmpty ? task.Sequence : task.Open.Min(open => open.Seed.Sequence) - 1;
        foreach (var some in names.Chunk(node.Limits.ReadBatch))
            await node.Store.InsertShardsAsync([.. some.Select(name => ShardDecider.Create(node.Clock.Now, task.Id, task.Tenant, name, after))], CancellationToken.None);
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
