using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A row that was put aside stays among the dead letters until a replay has processed it, somebody discards it, or its task is deleted.</summary>
sealed class WhatIsPutAsideIsKept : Promise
{
    readonly HashSet<(string Table, string Key)> replayed = [];
    readonly HashSet<string> discarding = [];

    public override void Replayed(string table, SourceRow row) => replayed.Add((table, row.Key));

    public override void Discarding(string task) => discarding.Add(task);

    public override void PutAside(ShardState by, DeadLetter letter)
    {
        Expect(letter.Attempts > 0 && letter.Round == by.Round && letter.Shard == by.Key, letter.Table, () => $"the row at {letter.Cursor} was put aside after {letter.Attempts} attempts in round {letter.Round}, the shard is in {by.Round}");
        replayed.Remove((SourceTables.NameOf(letter.Database, letter.Table), letter.Cursor.Key!));
    }

    public override void TakenAway(DeadLetter letter)
    {
        if (!Store.Tasks.TryGetValue(letter.Shard.TaskId, out var task) || task.State.Status == ScheduledTaskStatus.Deleted || discarding.Contains(task.State.Definition.Name)) return;
        Expect(replayed.Contains((SourceTables.NameOf(letter.Database, letter.Table), letter.Cursor.Key!)), letter.Table,
            () => $"the row at {letter.Cursor} is among the dead letters no more, was not processed, and nobody discarded it");
    }
}
