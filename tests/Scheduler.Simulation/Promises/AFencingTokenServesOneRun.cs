using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>A fencing token grows with every new run of the same shard or execution, and survives deletion: no two runs have the same.</summary>
sealed class AFencingTokenServesOneRun : Promise
{
    readonly Dictionary<(string Entity, long Token), object> runs = [];
    readonly Dictionary<ShardKey, long> highest = [];

    public override void CodeBegan(Call call)
    {
        if (runs.TryAdd((call.Entity, call.Token), call.Run)) return;
        Expect(ReferenceEquals(runs[(call.Entity, call.Token)], call.Run), call.Entity, () => $"token {call.Token} serves two runs, the second on {call.Process}");
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next) =>
        Expect(old is null || next.State.FencingToken >= old.State.FencingToken, next.State.Id.Value, () => $"its token was {old!.State.FencingToken} and became {next.State.FencingToken}");

    public override void Written(Stored<ShardState>? old, Stored<ShardState> next)
    {
        if (next.State.Status == ShardStatus.Idle) return; // its first run has a higher one
        var before = highest.GetValueOrDefault(next.State.Key);
        Expect(next.State.FencingToken >= before, next.State.Table, () => $"its token was {before} and became {next.State.FencingToken}");
        highest[next.State.Key] = next.State.FencingToken;
    }

    public override void RolledBack()
    {
        runs.Clear();
        highest.Clear();
    }
}
