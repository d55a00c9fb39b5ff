using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>
/// Every row of a polled shard that was committed before the round began is processed at least once, and exactly once where nothing
/// crashed or failed: the cursor is never above a row that is not. A pause cancels the page under way, whose rows come again; a rewind to a
/// key promises the rows above it; a row that was put aside is owed no more; a round that retries another goes on with its pass, and owes what the two have not processed.
/// </summary>
sealed class EveryRowIsProcessed : Promise
{
    readonly Dictionary<(ShardKey Shard, string Execution, long Round), TimeSpan> began = [];
    readonly Dictionary<(string Execution, long Round, string Table), HashSet<SourceRow>> processed = [];

    readonly HashSet<(string Execution, string Table)> paused = [];
    readonly Dictionary<(ShardKey Shard, string Execution, long Round), long> above = []; // where the pass was made to begin
    readonly Dictionary<ShardKey, long> epochs = []; // of the last pass that began

    public override void Processed(string execution, long round, string table, SourceRow row)
    {
        if (!processed.TryGetValue((execution, round, table), out var rows)) processed[(execution, round, table)] = rows = [];
        var again = !rows.Add(row);
        var isOwed = paused.Contains((execution, table));
        if (again && !isOwed) Simulation.Repeated++;
        Expect(!again || isOwed || Simulation.Faults.Flavour != Flavour.Faultless, table, () => $"row {row.Key} was processed twice in execution {execution}, and nothing had gone wrong");
    }

    public override void PutAside(ShardState by, DeadLetter letter)
    {
        var key = (by.Execution.Value, by.Round, SourceTables.NameOf(by.Database, by.Table));
        if (!processed.TryGetValue(key, out var rows)) processed[key] = rows = [];
        rows.UnionWith(Simulation.Sources[key.Item3].Values.Where(row => row.IsAt(letter.Cursor)));
    }

    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        var shard = next.State;
        if (shard.Execution.Value is null || shard.Incremental) return; // EveryChangeIsProcessed
        var table = SourceTables.NameOf(shard.Database, shard.Table);
        if (shard.Status == ShardStatus.Paused) paused.Add((shard.Execution.Value, table));
        var pass = (shard.Key, shard.Execution.Value, shard.Round);
        if (old is null || old.State.Execution != shard.Execution || old.State.Round != shard.Round) Begin(old?.State, shard, pass, table);
        // Paused before its bound was known, or rewound while it was: it begins the pass anew.
        else if (old.State.Status != ShardStatus.Running && shard.Status == ShardStatus.Running && !shard.Bounded) Place(shard, pass, table);
        if (!began.TryGetValue(pass, out var beginning)) return; // it began before the store was put back
        var covered = shard.Status == ShardStatus.Completed ? Simulation.Sources[table].Values : Simulation.Sources.UpTo(table, shard.Cursor.Key);
        var rows = processed.GetValueOrDefault((shard.Execution.Value, shard.Round, table));
        var missed = covered.FirstOrDefault(row => row.CommittedAt < beginning && row.Number > above.GetValueOrDefault(pass, -1) && rows?.Contains(row) != true);
        Expect(missed is null, table, () => $"row {missed!.Key} of round {shard.Round} was passed over: the cursor is {shard.Cursor}, the shard {shard.Status}");
    }

    void Begin(ShardState? old, ShardState shard, (ShardKey, string, long) pass, string table)
    {
        began[pass] = Simulation.World.Elapsed;
        var retries = Store.Executions.TryGetValue(shard.Execution, out var execution) && execution.State.Seed.RetriedRound is not null;
        if (old is { Execution.Value: { } before } && retries && old.RewindTo is null && old.RewindEpoch == shard.RewindEpoch && !old.Incremental)
        {
            // The same pass goes on.
            if (began.TryGetValue((shard.Key, before, old.Round), out var beginning)) began[pass] = beginning;
            else began.Remove(pass);
            if (above.TryGetValue((shard.Key, before, old.Round), out var place)) above[pass] = place;
            if (processed.TryGetValue((before, old.Round, table), out var rows)) processed[(pass.Item2, pass.Item3, table)] = [.. rows];
        }
        else Place(shard, pass, table);
        if (shard.RewindTo is null) epochs[shard.Key] = shard.RewindEpoch;
    }

    /// <summary>Only a rewind has a pass begin above a row.</summary>
    void Place(ShardState shard, (ShardKey, string, long) pass, string table)
    {
        if (shard.Cursor.Key is { } key && shard.RewindEpoch > epochs.GetValueOrDefault(shard.Key)) above[pass] = SourceTables.Number(table, key);
        if (shard.RewindTo is null) epochs[shard.Key] = shard.RewindEpoch;
    }

    public override void RolledBack()
    {
        began.Clear();
        above.Clear();
        epochs.Clear();
    }
}
