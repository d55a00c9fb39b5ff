using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>
/// Every row of a polled shard that was committed before the round began is processed at least once, and exactly once where nothing
/// crashed or failed: the cursor is never above a row that is not.
/// </summary>
sealed class EveryRowIsProcessed : Promise
{
    readonly Dictionary<(ShardKey Shard, string Execution, long Round), TimeSpan> began = [];
    readonly Dictionary<(string Execution, long Round, string Table), HashSet<SourceRow>> processed = [];

    public override void Processed(string execution, long round, string table, SourceRow row)
    {
        if (!processed.TryGetValue((execution, round, table), out var rows)) processed[(execution, round, table)] = rows = [];
        var again = !rows.Add(row);
        if (again) Simulation.Repeated++;
        Expect(!again || Simulation.Faults.Flavour != Flavour.Faultless, table, () => $"row {row.Key} was processed twice in execution {execution}, and nothing had gone wrong");
    }

    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        var shard = next.State;
        if (shard.Execution.Value is null || shard.Incremental) return; // EveryChangeIsProcessed
        if (old is null || old.State.Execution != shard.Execution || old.State.Round != shard.Round) began[(shard.Key, shard.Execution.Value, shard.Round)] = Simulation.World.Elapsed;
        if (!began.TryGetValue((shard.Key, shard.Execution.Value, shard.Round), out var beginning)) return; // it began before the store was put back
        var table = SourceTables.NameOf(shard.Database, shard.Table);
        var covered = shard.Status == ShardStatus.Completed ? Simulation.Sources[table].Values : Simulation.Sources.UpTo(table, shard.Cursor.Key);
        var rows = processed.GetValueOrDefault((shard.Execution.Value, shard.Round, table));
        var missed = covered.FirstOrDefault(row => row.CommittedAt < beginning && rows?.Contains(row) != true);
        Expect(missed is null, table, () => $"row {missed!.Key} of round {shard.Round} was passed over: the cursor is {shard.Cursor}, the shard {shard.Status}");
    }

    public override void RolledBack() => began.Clear();
}
