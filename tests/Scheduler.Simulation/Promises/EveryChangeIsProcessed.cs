using Scheduler.Running;
using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>
/// When an incremental pass has ended, every row that last changed before its bound has been processed as it is: by that pass, by one
/// before it, or by the full pass that handed over; or it was put aside. No transaction is longer than the lag.
/// Whoever has a pass begin elsewhere takes it on himself to pass over what had changed before that place.
/// </summary>
sealed class EveryChangeIsProcessed : Promise
{
    readonly Dictionary<(long Task, string Table), HashSet<SourceRow>> processed = [];

    readonly Dictionary<ShardKey, DateTimeOffset> passedOver = [];

    public override void Processed(string execution, long round, string table, SourceRow row)
    {
        var key = (Simulation.TaskOf(execution), table);
        if (!processed.TryGetValue(key, out var rows)) processed[key] = rows = [];
        rows.Add(row);
    }

    public override void PutAside(ShardState by, DeadLetter letter)
    {
        var key = (by.Key.TaskId, SourceTables.NameOf(by.Database, by.Table));
        if (!processed.TryGetValue(key, out var rows)) processed[key] = rows = [];
        rows.UnionWith(Simulation.Sources[key.Item2].Values.Where(row => row.IsAt(letter.Cursor)));
    }

    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        if (next.State.RewindTo is not null || next.State.RewindEpoch != (old?.State.RewindEpoch ?? 0)) PassOver(next.State.Key, next.State.RewindTo?.Key is null ? next.State.RewindTo?.From ?? next.State.From : Simulation.World.Now);
        if (next.State is not { Incremental: true, Status: ShardStatus.Completed, Before: { } before } shard || old?.State.Status == ShardStatus.Completed) return;
        var table = SourceTables.NameOf(shard.Database, shard.Table);
        var rows = processed.GetValueOrDefault((shard.Key.TaskId, table));
        var missed = Simulation.Sources[table].Values.FirstOrDefault(row => row.Time < before && row.Time >= passedOver.GetValueOrDefault(shard.Key) && rows?.Contains(row) != true);
        Expect(missed is null, table, () => $"row {missed!.Key}, changed at {missed.Time:O}, was passed over by round {shard.Round}, which ended at {before:O}: the cursor is {shard.Cursor}");
    }

    void PassOver(ShardKey shard, DateTimeOffset? until)
    {
        if (until is { } place && place > passedOver.GetValueOrDefault(shard)) passedOver[shard] = place;
    }
}
