using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>Where the shards of a round run: what each of them is told, and at which node.</summary>
sealed class RoundPlaces
{
    readonly Node node;
    readonly TaskState task;
    readonly ExecutionState execution;
    readonly PollingMode mode;
    readonly IReadOnlyList<string> fit;
    readonly Assignment? assignment; // null: there is one node
    readonly Lock gate = new();

    RoundPlaces(Node node, TaskState task, ExecutionState execution, IReadOnlyList<string> fit, IReadOnlyDictionary<string, int> present)
    {
        (this.node, this.task, this.execution, this.fit) = (node, task, execution, fit);
        assignment = fit.Count == 1 ? null : new(fit, present);
        HasLost = present.Keys.Any(each => each.Length > 0 && !fit.Contains(each));
        mode = task.Definition.Handler.Shape!.Mode;
    }

    /// <summary>Finds out. Null: no node can run them, and the round waits for one.</summary>
    public static async Task<RoundPlaces?> FindAsync(Node node, TaskState task, ExecutionState execution, CancellationToken cancellationToken)
    {
        var handler = task.Definition.Handler.HandlerName;
        var fit = await node.Peers.FitAsync(handler, cancellationToken);
        if (fit.Count == 0)
        {
            node.TellOnce($"places/{task.Id}/{handler}", log => log.LogWarning("Round {Round} of task {Task} waits: no node has handler \"{Handler}\"", execution.Seed.Sequence, task.Definition.Name, handler));
            return null;
        }
        // A retry runs few shards, wherever they are: they are spread as they come. Where there is one node for ever, there is nothing to spread.
        var present = execution.Seed.RetriedRound is null && node.Limits.LeaseFor < TimeSpan.MaxValue ? await node.Store.CountByNodeAsync(task.Id, execution.Seed.Sequence, cancellationToken) : new Dictionary<string, int>();
        return new(node, task, execution, fit, present);
    }

    /// <summary>Whether there are shards at nodes that cannot run them (any more).</summary>
    public bool HasLost { get; }

    /// <summary>Whether a shard is at such a node.</summary>
    public bool IsLost(ShardState shard) => shard.Status == ShardStatus.Running && shard.Node is { } at && !fit.Contains(at);

    /// <summary>Whether the same nodes as when they were found can run the shards.</summary>
    public async ValueTask<bool> AreStillAsync() => fit.SequenceEqual(await node.Peers.FitAsync(task.Definition.Handler.HandlerName, CancellationToken.None));

    /// <summary>Whether these are places in the same nodes.</summary>
    public bool IsOver(RoundPlaces other) => fit.SequenceEqual(other.fit);

    /// <summary>Says to a shard that the round has begun, where it is to go on, or that it is over for it. Ends when it has heard.</summary>
    public Task<Told<ShardState>> TellAsync(Stored<ShardState> shard)
    {
        var (state, round) = (shard.State, execution.Seed.Sequence);
        string place;
        lock (gate) place = assignment?.Place(state.Node) ?? fit[0];
        ShardCommand command = IsForsaken(state.Database) ? new ShardCommand.Cancel(node.Clock.Now, round, execution.Id)
            : state.Status == ShardStatus.Running && state.Round == round && state.Node != place
            ? new ShardCommand.Move(node.Clock.Now, place)
            : new ShardCommand.Start(node.Clock.Now, round, execution.Id, place, mode) { GoOn = execution.Seed.RetriedRound is not null };
        return node.Router.AskAsync(state.Key, command, shard, place);
    }

    // Nobody can release a database of a task that has been deleted: what waits for it would wait for ever.
    bool IsForsaken(string database) => task.Status == ScheduledTaskStatus.Deleted && task.Quarantined.Any(each => each.Database == database);
}
