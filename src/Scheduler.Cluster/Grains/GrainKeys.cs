using System.Globalization;
using Orleans.Runtime;
using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tenants;

namespace Scheduler.Cluster.Grains;

/// <summary>Which entity a grain is.</summary>
static class GrainKeys
{
    // Part of the grains' addresses, which reminders keep: they stay, whatever the classes are called.
    public const string Task = "scheduler.task", Execution = "scheduler.execution", Shard = "scheduler.shard", Bucket = "scheduler.bucket", Node = "scheduler.node", Tenant = "scheduler.tenant";

    extension(GrainId grain)
    {
        public long TaskId => grain.GetIntegerKey();

        public ExecutionId ExecutionId => new(grain.Key.ToString()!);

        public TenantName TenantName => new(grain.Key.ToString()!);

        public bool IsShard => grain.Type.ToString() == Shard;

        public ShardKey ShardKey => new(grain.GetIntegerKey(out var shard), long.Parse(shard!, CultureInfo.InvariantCulture));
    }

    extension(IGrainFactory grains)
    {
        public ITaskGrain TaskGrain(long id) => grains.GetGrain<ITaskGrain>(id);

        public IExecutionGrain ExecutionGrain(ExecutionId id) => grains.GetGrain<IExecutionGrain>(id.Value);

        public IShardItemGrain ShardGrain(ShardKey key) => grains.GetGrain<IShardItemGrain>(key.TaskId, key.ShardId.ToString(CultureInfo.InvariantCulture));

        public ITenantGrain TenantGrain(TenantName name) => grains.GetGrain<ITenantGrain>(name.Value);

        public INodeGrain NodeGrain(string id) => grains.GetGrain<INodeGrain>(id);
    }
}
