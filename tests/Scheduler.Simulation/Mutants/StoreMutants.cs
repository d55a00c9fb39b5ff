using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>Writes whatever version the row has.</summary>
sealed class WithoutGuard(FakeStore store) : ThroughStore(store)
{
    public override ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        Inner.CommitAsync([.. writes.Select(write => write with { ExpectedVersion = VersionOf(write) })], cancellationToken);

    long VersionOf(EntityWrite write) => write switch
    {
        EntityWrite.OfTask task => store.Tasks.GetValueOrDefault(task.State.Id)?.Version ?? 0,
        EntityWrite.OfExecution execution => store.Executions.GetValueOrDefault(execution.State.Id)?.Version ?? 0,
        EntityWrite.OfShard shard => store.Shards.GetValueOrDefault(shard.State.Key)?.Version ?? 0,
        EntityWrite.OfTenant tenant => store.Tenants.GetValueOrDefault(tenant.State.Name.Value)?.Version ?? 0,
        _ => throw new ArgumentOutOfRangeException(nameof(write)),
    };
}

/// <summary>Says that everything is written, and writes it a moment later.</summary>
sealed class AnswersBeforeItWrites(Process process, IStore inner) : ThroughStore(inner)
{
    public override ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        process.Lane.Start(async () =>
        {
            try
            {
                await Inner.CommitAsync(writes, CancellationToken.None);
            }
            catch (StoreFailure)
            {
                // Who would learn of it has been told otherwise.
            }
        });
        return new(writes.Select(_ => WriteOutcome.Written).ToArray());
    }
}

/// <summary>Loses a write now and then, and says that it is written.</summary>
sealed class LosesWrites(IStore inner) : ThroughStore(inner)
{
    int writes;

    public override async ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> all, CancellationToken cancellationToken)
    {
        if (++writes % 20 != 0) return await Inner.CommitAsync(all, cancellationToken);
        return all.Select(_ => WriteOutcome.Written).ToArray();
    }
}

/// <summary>Takes a lost race for a won one, so that the loser's effects leave too.</summary>
sealed class LoserTakesAll(IStore inner) : ThroughStore(inner)
{
    public override async ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        [.. (await Inner.CommitAsync(writes, cancellationToken)).Select(outcome => outcome.Result == WriteResult.Conflict ? WriteOutcome.Written : outcome)];
}

/// <summary>Takes every write for its own, as if write ids said nothing.</summary>
sealed class EveryWriteIsOurs(IStore inner) : ThroughStore(inner)
{
    readonly Dictionary<object, long> tried = [];

    public override ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        foreach (var write in writes) tried[write switch { EntityWrite.OfTask task => task.State.Id, EntityWrite.OfExecution execution => execution.State.Id, EntityWrite.OfShard shard => (object)shard.State.Key, EntityWrite.OfTenant tenant => tenant.State.Name, _ => write }] = write.WriteId;
        return Inner.CommitAsync(writes, cancellationToken);
    }

    public override async ValueTask<Stored<TaskState>?> ReadTaskAsync(long id, CancellationToken cancellationToken) => Ours(id, await Inner.ReadTaskAsync(id, cancellationToken));
    public override async ValueTask<Stored<ExecutionState>?> ReadExecutionAsync(ExecutionId id, CancellationToken cancellationToken) => Ours(id, await Inner.ReadExecutionAsync(id, cancellationToken));
    public override async ValueTask<Stored<TenantState>?> ReadTenantAsync(TenantName name, CancellationToken cancellationToken) => Ours(name, await Inner.ReadTenantAsync(name, cancellationToken));
    public override async ValueTask<Stored<ShardState>?> ReadShardAsync(ShardKey key, CancellationToken cancellationToken) => Ours(key, await Inner.ReadShardAsync(key, cancellationToken));

    Stored<T>? Ours<T>(object key, Stored<T>? read) => read is not null && tried.TryGetValue(key, out var id) ? read with { WriteId = id } : read;
}

/// <summary>Purges what has ended at once, whether its task has heard of it or not.</summary>
sealed class PurgesEarly(FakeStore store) : ThroughStore(store)
{
    public override ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        foreach (var id in store.Executions.Values.Where(each => each.State.HasEnded).Select(each => each.State.Id).ToArray()) store.Expunge(id);
        return Inner.PurgeAsync(endedBefore, limit, cancellationToken);
    }
}

/// <summary>Purges executions by their age, their shards still at work.</summary>
sealed class PurgesTheOpen(FakeStore store) : ThroughStore(store)
{
    public override ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        foreach (var id in store.Executions.Values.Where(each => each.State.CreatedAt < endedBefore + TimeSpan.FromSeconds(20)).Select(each => each.State.Id).ToArray()) store.Expunge(id);
        return Inner.PurgeAsync(endedBefore, limit, cancellationToken);
    }
}

/// <summary>Believes in its lease whatever the store says.</summary>
sealed class NeverCutOff(Process process, IStore inner) : ThroughStore(inner)
{
    public override async ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken)
    {
        try
        {
            return await Inner.BeatAsync(beat, cancellationToken);
        }
        catch (Exception) when (process.LastBeat is not null)
        {
            return process.Node.Clock.Now;
        }
    }
}

/// <summary>Forgets what a checkpoint puts aside.</summary>
sealed class LosesDeadLetters(IStore inner) : ThroughStore(inner)
{
    public override ValueTask<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) =>
        Inner.CommitAsync([.. writes.Select(write => write is EntityWrite.OfShard shard ? shard with { DeadLetters = [] } : write)], cancellationToken);
}

/// <summary>Takes a dead letter away whatever became of its replay.</summary>
sealed class ForgetsFailedReplays(IStore inner) : ThroughStore(inner)
{
    public override async ValueTask ReviseDeadLetterAsync(DeadLetter letter, CancellationToken cancellationToken) => await Inner.DeleteDeadLettersAsync(letter.Shard.TaskId, [letter.Id], cancellationToken);
}

/// <summary>Counts shards that have not begun the round as if they had completed it.</summary>
sealed class CountsTheIdle(IStore inner) : ThroughStore(inner)
{
    public override async ValueTask<RoundTotals> CountRoundAsync(long taskId, long round, CancellationToken cancellationToken)
    {
        var totals = await Inner.CountRoundAsync(taskId, round, cancellationToken);
        return totals with { Shards = totals.Shards with { Idle = 0, Running = 0, Completed = totals.Shards.Completed + totals.Shards.Idle + totals.Shards.Running } };
    }
}

/// <summary>Finds no tenant in which executions run or wait.</summary>
sealed class SeesNoPlaces(IStore inner) : ThroughStore(inner)
{
    public override ValueTask<IReadOnlyList<Stored<TenantState>>> TenantsInUseAsync(TenantName? after, int limit, CancellationToken cancellationToken) => new([]);
}
