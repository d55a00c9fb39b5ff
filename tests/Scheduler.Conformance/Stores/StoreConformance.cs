using Scheduler.Conformance.Servers;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Xunit;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

/// <summary>What every <see cref="IStore"/> does. It knows of no SQL: the simulator's store passes it too.</summary>
public abstract partial class StoreConformance : IAsyncLifetime
{
    long writeIds = 1000;

    /// <summary>A store with nothing in it.</summary>
    protected abstract Task<IStore> OpenAsync();

    protected IStore Store { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync()
    {
        if (Store is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }

    [StoreFact]
    public async Task What_was_never_written_is_not_there()
    {
        Assert.Null(await Store.ReadTaskAsync(1, default));
        Assert.Null(await Store.ReadExecutionAsync(ExecutionId(1), default));
        Assert.Null(await Store.ReadShardAsync(new(1, 1), default));
        Assert.Null(await Store.FindTaskAsync("default", "orders", default));
        Assert.Empty(await Store.CommitAsync([], default));
    }

    [StoreFact]
    public async Task A_task_comes_back_as_it_was()
    {
        foreach (var state in new[] { Task(1), FullTask(2), FullTask(3) with { Open = [], NextAt = null, Watermark = null, Definition = Task(3, "plain").Definition } })
        {
            await WriteAsync(state);
            await IsStoredAsync(state);
        }
    }

    [StoreFact]
    public async Task An_execution_comes_back_as_it_was()
    {
        foreach (var state in new[] { Execution(1, 42), FullExecution(2), Ended(FullExecution(3), Noon + 6 * Tick, ExecutionStatus.TimedOut) })
        {
            await WriteAsync(state);
            await IsStoredAsync(state);
        }
    }

    [StoreFact]
    public async Task A_shard_comes_back_as_it_was()
    {
        foreach (var state in new[] { Shard(42, "db", "t"), FullShard(43), FullShard(44) with { Cursor = new(null, ""), HighestKey = "", Error = "" } })
        {
            await WriteAsync(state);
            await IsStoredAsync(state);
        }
    }

    [StoreFact]
    public async Task Every_status_comes_back()
    {
        foreach (var status in Enum.GetValues<ScheduledTaskStatus>().Where(status => status != 0))
            await RoundTripAsync(Task((long)status, $"t{status}") with { Status = status });
        foreach (var status in Enum.GetValues<ExecutionStatus>().Where(status => status != 0))
            await RoundTripAsync(Execution((int)status, 1) with { Status = status, EndedAt = status >= ExecutionStatus.Succeeded ? Noon : null });
        foreach (var status in Enum.GetValues<ShardStatus>().Where(status => status != 0))
            await RoundTripAsync(Shard(1, (long)status, 1, status));
    }

    [StoreFact]
    public async Task An_update_changes_all_that_changes()
    {
        await WriteAsync(Task(2));
        var task = FullTask(2) with { Tenant = "default", CreatedAt = Noon, Definition = FullTask(2).Definition with { Name = "orders" } };
        await WriteAsync(task, expected: 1, definitionChanged: true);
        await IsStoredAsync(task, version: 2);

        await WriteAsync(Execution(2, 42));
        var execution = FullExecution(2) with { Seed = Execution(2, 42).Seed, CreatedAt = Noon };
        await WriteAsync(execution, expected: 1);
        await IsStoredAsync(execution, version: 2);
        await WriteAsync(Ended(Execution(2, 42), Noon + Tick), expected: 2);
        await IsStoredAsync(Ended(Execution(2, 42), Noon + Tick), version: 3);

        var shard = FullShard(43);
        await WriteAsync(shard with { Cursor = default, HighestKey = null, Bounded = false, Status = ShardStatus.Idle, Round = 0, Execution = default, RetryAt = null, StartedAt = null, Error = null, Node = null });
        await WriteAsync(shard, expected: 1);
        await IsStoredAsync(shard, version: 2);
    }

    [StoreFact]
    public async Task A_definition_that_did_not_change_is_left_alone()
    {
        var task = FullTask(2);
        await WriteAsync(task);
        await WriteAsync(task with { Sequence = 9, NextAt = Noon }, expected: 1, definitionChanged: false);
        await IsStoredAsync(task with { Sequence = 9, NextAt = Noon }, version: 2);
    }

    [StoreFact]
    public async Task Times_are_told_apart_to_the_last_100_nanoseconds()
    {
        foreach (var ticks in new[] { 0, 1, 9_999, 10_000, 10_001 })
        {
            var time = Noon + ticks * Tick;
            await RoundTripAsync(Execution(100 + ticks, 1) with { CreatedAt = time, StartedAt = time, RunStartedAt = time, WakeAt = time, RetryAt = time });
            await RoundTripAsync(Shard(1, 100 + ticks) with { CreatedAt = time, StartedAt = time, UpdatedAt = time, RetryAt = time });
            await RoundTripAsync(Task(100 + ticks, $"t{ticks}") with { CreatedAt = time, UpdatedAt = time, Watermark = time, NextAt = time });
        }
    }

    protected async Task<WriteOutcome> TryWriteAsync(TaskState state, long expected = 0, long? writeId = null, bool definitionChanged = true) =>
        (await Store.CommitAsync([new EntityWrite.OfTask(state, definitionChanged, expected, writeId ?? NextWriteId())], default))[0];

    protected async Task<WriteOutcome> TryWriteAsync(ExecutionState state, long expected = 0, long? writeId = null) =>
        (await Store.CommitAsync([new EntityWrite.OfExecution(state, expected, writeId ?? NextWriteId())], default))[0];

    protected async Task<WriteOutcome> TryWriteAsync(ShardState state, long expected = 0, long? writeId = null) =>
        (await Store.CommitAsync([new EntityWrite.OfShard(state, expected, writeId ?? NextWriteId())], default))[0];

    protected async Task WriteAsync(TaskState state, long expected = 0, bool definitionChanged = true) => Assert.Equal(WriteOutcome.Written, await TryWriteAsync(state, expected, null, definitionChanged));

    protected async Task WriteAsync(ExecutionState state, long expected = 0) => Assert.Equal(WriteOutcome.Written, await TryWriteAsync(state, expected));

    protected async Task WriteAsync(ShardState state, long expected = 0) => Assert.Equal(WriteOutcome.Written, await TryWriteAsync(state, expected));

    protected long NextWriteId() => Interlocked.Increment(ref writeIds);

    async Task IsStoredAsync(TaskState state, long version = 1) => IsStored(state, version, await Store.ReadTaskAsync(state.Id, default));

    async Task IsStoredAsync(ExecutionState state, long version = 1) => IsStored(state, version, await Store.ReadExecutionAsync(state.Id, default));

    async Task IsStoredAsync(ShardState state, long version = 1) => IsStored(state, version, await Store.ReadShardAsync(state.Key, default));

    /// <summary>Expects the state with the write id that was given out last.</summary>
    void IsStored<TState>(TState state, long version, Stored<TState>? stored)
    {
        Assert.NotNull(stored);
        Assert.Equal(Text(state), Text(stored.State));
        Assert.Equal((version, writeIds), (stored.Version, stored.WriteId));
    }

    async Task RoundTripAsync(TaskState state)
    {
        await WriteAsync(state);
        await IsStoredAsync(state);
    }

    async Task RoundTripAsync(ExecutionState state)
    {
        await WriteAsync(state);
        await IsStoredAsync(state);
    }

    async Task RoundTripAsync(ShardState state)
    {
        await WriteAsync(state);
        await IsStoredAsync(state);
    }
}
