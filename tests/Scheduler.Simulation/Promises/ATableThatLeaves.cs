using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>
/// A round covers the tables that were found for it, and only those; a table that is found no more keeps its cursor, and goes on from there
/// when it is found again. What people resumed, and what a round is retried with, is theirs.
/// </summary>
sealed class ATableThatLeaves : Promise
{
    readonly Dictionary<(string Task, long Round), List<IReadOnlyList<ShardName>>> answers = [];
    readonly HashSet<ShardKey> paused = [];
    readonly HashSet<string> resumed = [];

    public override void Discovered(string task, long round, IReadOnlyList<ShardName> found)
    {
        if (!answers.TryGetValue((task, round), out var known)) answers[(task, round)] = known = [];
        known.Add(found);
    }

    public override void Sent(Process process, string to, object command)
    {
        if (command is ShardCommand.Resume) resumed.Add(to);
    }

    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        var shard = next.State;
        if (shard.Status == ShardStatus.Paused) paused.Add(shard.Key);
        if (old is not { State: var before }) return;
        if (before.Status == ShardStatus.Gone)
            Expect((shard.Cursor, shard.Round, shard.RewindEpoch, shard.FencingToken, shard.Incremental) == (before.Cursor, before.Round, before.RewindEpoch, before.FencingToken, before.Incremental), shard.Table,
                () => $"it was gone at {before.Cursor} (round {before.Round}, token {before.FencingToken}), and is {shard.Status} at {shard.Cursor} (round {shard.Round}, token {shard.FencingToken})");
        if (shard.Round == before.Round || shard.Status != ShardStatus.Running || paused.Contains(shard.Key) || resumed.Contains($"shard {shard.Key.TaskId}/{shard.Key.ShardId}")) return;
        if (!Discovers(shard.Key.TaskId, out var name) || !Store.Executions.TryGetValue(shard.Execution, out var execution) || execution.State.Seed.RetriedRound is not null) return;
        if (answers.TryGetValue((name, shard.Round), out var found))
            Expect(found.Any(each => each.Contains(new(shard.Database, shard.Table))), shard.Table, () => $"it began round {shard.Round}, for which it was not found");
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        var execution = next.State;
        if (execution.Status != ExecutionStatus.Succeeded || !Discovers(execution.Seed.TaskId, out var name) || !answers.TryGetValue((name, execution.Seed.Sequence), out var found)) return;
        foreach (var table in found[0].Where(table => found.All(each => each.Contains(table))))
        {
            var shard = Store.Shards.Values.FirstOrDefault(each => each.State.Key.TaskId == execution.Seed.TaskId && (each.State.Database, each.State.Table) == (table.Database, table.Table))?.State;
            Expect(shard is { Status: not ShardStatus.Gone }, execution.Id.Value, () => $"it succeeded, and {table} was found and has {(shard is null ? "no shard" : "one that is gone")}");
        }
    }

    public override void RolledBack() => answers.Clear();

    bool Discovers(long task, out string name)
    {
        var definition = Store.Tasks.GetValueOrDefault(task)?.State.Definition;
        name = definition?.Name ?? "";
        return definition?.Handler.Polling?.Shards.Discover is not null;
    }
}
