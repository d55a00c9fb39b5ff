using Orleans.Concurrency;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Grains;

/// <summary>
/// What an entity hears. A command is put into the entity's mailbox and nothing else happens within the call, so calls interleave (the grains
/// are reentrant) and none of them ever waits for another entity: no cycle of calls can come to a standstill.
/// </summary>
interface IEntityGrain : IAddressable
{
    /// <summary>Tells it, from entity to entity. One way: an answer would be a wait, and what matters is said again until it is heard.</summary>
    [OneWay, Alias("tell")]
    Task TellAsync(Envelope command);

    /// <summary>Tells it, and answers when what followed is durable.</summary>
    [Alias("ask")]
    Task<Envelope> AskAsync(Envelope command);
}

/// <summary>A task.</summary>
[Alias("scheduler.task")]
interface ITaskGrain : IEntityGrain, IGrainWithIntegerKey;

/// <summary>An execution, by its id.</summary>
[Alias("scheduler.execution")]
interface IExecutionGrain : IEntityGrain, IGrainWithStringKey;

/// <summary>A tenant, by its name.</summary>
[Alias("scheduler.tenant")]
interface ITenantGrain : IEntityGrain, IGrainWithStringKey;

/// <summary>A shard: the task's id, and its own.</summary>
[Alias("scheduler.shard")]
interface IShardItemGrain : IEntityGrain, IGrainWithIntegerCompoundKey;
