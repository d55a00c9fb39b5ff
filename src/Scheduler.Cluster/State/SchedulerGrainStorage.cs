using System.Globalization;
using Orleans.Runtime;
using Orleans.Storage;
using Scheduler.Cluster.Grains;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Cluster.State;

/// <summary>
/// The state of the entities' grains, in the tables that every host of the scheduler writes: the ETag is the row's <c>version</c>. Writes of
/// many grains go into one transaction, each guarded and answered by itself, so one that conflicts fails none of its neighbours.
/// </summary>
sealed class SchedulerGrainStorage(Func<Node> node) : IGrainStorage
{
    /// <summary>The provider's name.</summary>
    public const string Name = "scheduler";

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => grainState switch
    {
        IGrainState<Row<TaskState>> task => ReadAsync(task, (store, stop) => store.ReadTaskAsync(grainId.TaskId, stop)),
        IGrainState<Row<ExecutionState>> execution => ReadAsync(execution, (store, stop) => store.ReadExecutionAsync(grainId.ExecutionId, stop)),
        IGrainState<Row<TenantState>> tenant => ReadAsync(tenant, (store, stop) => store.ReadTenantAsync(grainId.TenantName, stop)),
        IGrainState<Row<ShardState>> shard => ReadAsync(shard, (store, stop) => store.ReadShardAsync(grainId.ShardKey, stop)),
        _ => throw Unfit<T>(),
    };

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => grainState switch
    {
        IGrainState<Row<TaskState>> task => WriteAsync(task, write => ((EntityWrite.OfTask)write).State),
        IGrainState<Row<ExecutionState>> execution => WriteAsync(execution, write => ((EntityWrite.OfExecution)write).State),
        IGrainState<Row<TenantState>> tenant => WriteAsync(tenant, write => ((EntityWrite.OfTenant)write).State),
        IGrainState<Row<ShardState>> shard => WriteAsync(shard, write => ((EntityWrite.OfShard)write).State),
        _ => throw Unfit<T>(),
    };

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("expected rows to be purged with their history, got a grain that clears its own");

    async Task ReadAsync<TState>(IGrainState<Row<TState>> grain, Func<IStore, CancellationToken, ValueTask<Stored<TState>?>> read) where TState : class
    {
        var limits = node().Limits;
        using var patience = new CancellationTokenSource(limits.CommitPatience, limits.StoreTime);
        Take(grain, await read(node().Store, patience.Token));
    }

    async Task WriteAsync<TState>(IGrainState<Row<TState>> grain, Func<EntityWrite, TState> stateOf) where TState : class
    {
        var write = grain.State?.Writing ?? throw new InvalidOperationException("expected a write that the entity's mailbox has made, got none");
        var outcome = await node().Committer.WriteAsync(write);
        switch (outcome.Result)
        {
            case WriteResult.Written:
                Take(grain, new(stateOf(write), write.ExpectedVersion + 1, write.WriteId));
                break;
            case WriteResult.Conflict:
                throw new InconsistentStateException(outcome.Error ?? "another activation wrote it", "another", ETag(write.ExpectedVersion));
            default:
                grain.State = new() { Stored = grain.State!.Stored, Refused = outcome.Error ?? "" };
                break;
        }
    }

    static void Take<TState>(IGrainState<Row<TState>> grain, Stored<TState>? stored) where TState : class
    {
        grain.State = new() { Stored = stored };
        (grain.ETag, grain.RecordExists) = (stored is null ? null : ETag(stored.Version), stored is not null);
    }

    static string ETag(long version) => version.ToString(CultureInfo.InvariantCulture);

    static NotSupportedException Unfit<T>() => new($"expected the row of a task, an execution, a shard or a tenant, got {typeof(T)}; grains whose state nobody queries have a storage of their own");
}
