using Microsoft.Extensions.Logging;
using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Running;

/// <summary>An execution in this process.</summary>
public sealed class ExecutionActivation(Node node, IActivationHost host, ExecutionId key, Stored<ExecutionState>? known)
    : Activation<ExecutionId, ExecutionState, ExecutionCommand, ExecutionEffect>(node, host, key, known)
{
    readonly Lock countGate = new();
    readonly ProgressWatch progress = new();
    CodeRun? code; // the last that was begun; turns alone touch it
    bool counting;
    bool discovered; // by this activation, for its round
    bool beginning, beginAgain; // the round, in the shards that have something to do; where it has begun, whoever asked meanwhile
    RoundPlaces? telling; // where the shards are told to run, while they are
    bool tellAgain; // when they have been told
    int toEnd; // shards that had not ended the round when they were last counted
    int ended; // ends heard of since
    volatile bool cancelTold; // it may wait behind other commands

    /// <inheritdoc/>
    public override Decision<ExecutionState, ExecutionEffect> Decide(ExecutionState state, ExecutionCommand command) => Node.Deciders.Execution(state, command);

    /// <inheritdoc/>
    public override ExecutionCommand Activated() => new ExecutionCommand.Activated(Node.Clock.Now);

    /// <inheritdoc/>
    public override void Perform(ExecutionEffect effect, ExecutionState state)
    {
        switch (effect)
        {
            case ExecutionEffect.Run run:
                code = new(Node, state, command => TellAsync(command), () => cancelTold);
                StartRun(run.Token, code.RunAsync);
                break;
            case ExecutionEffect.StopRun stop:
                StopRun(stop.Token);
                if (!state.HasEnded) break;
                Forget(stop.Token);
                code?.GiveUp();
                break;
            case ExecutionEffect.StartShards start:
                Node.Background.Start(() => TryAsync(() => StartShardsAsync(start.Round, state), "start the shards"));
                break;
            case ExecutionEffect.CancelShards cancel:
                StopRun(state.FencingToken); // shards may still be asked for changes
                Node.Background.Start(() => TryAsync(() => CancelShardsAsync(cancel.Round, state), "cancel the shards"));
                break;
            case ExecutionEffect.CountShards count:
                Count(count.Round, state.Seed.TaskId, anyway: false);
                break;
            case ExecutionEffect.AskTenant { Seed: var seed }:
                Node.Router.Send(new TenantName(seed.Tenant), new TenantCommand.Ask(Node.Clock.Now, Key, seed.ConcurrencyKey, seed.KeyLimit, seed.Priority));
                break;
            case ExecutionEffect.LeaveTenant leave:
                Node.Router.Send(leave.Tenant, new TenantCommand.Leave(Node.Clock.Now, Key));
                break;
            case ExecutionEffect.TellTask tell:
                Node.Router.Send(tell.TaskId, new TaskCommand.ExecutionHeard(Node.Clock.Now, Key, tell.Status) { EndedAt = state.EndedAt });
                break;
        }
    }

    async Task StartShardsAsync(long round, ExecutionState state)
    {
        var task = await Node.Store.ReadTaskAsync(state.Seed.TaskId, CancellationToken.None);
        if (task?.State.Definition.Handler.Shape is not { } polling) return;
        await Node.Shards.EnsureAsync(task.State);
        if (polling is { Mode: PollingMode.Full, Shards.Discover: null } || state.Seed.RetriedRound is not null)
        {
            await TellShardsAsync(task.State, round, state, _ => true);
        }
        else if (State is { Status: ExecutionStatus.Running, Stopping: StopReason.None } && !TryBegin(task.State, round, state))
            await TellShardsAsync(task.State, round, state, shard => shard.Status == ShardStatus.Running); // others are yet to be asked whether they run at all
    }

    /// <summary>Begins the round. False: that is under way, to places of a moment ago; when it has come to its end, the shards are looked after anew.</summary>
    bool TryBegin(TaskState task, long round, ExecutionState state)
    {
        lock (countGate)
        {
            beginAgain = beginning;
            if (beginning) return false;
            beginning = true;
        }
        StartRun(state.FencingToken, async stop =>
        {
            await TryAsync(() => BeginAsync(task, state, stop), "start the shards");
            bool again;
            lock (countGate) (again, beginning, beginAgain) = (beginAgain, false, false);
            if (again && !stop.IsCancellationRequested) Node.Background.Start(() => TryAsync(() => StartShardsAsync(round, State ?? state), "start the shards"));
        });
        return true;
    }

    /// <summary>
    /// Tells the shards where they run: first those that a lost node ran, since nobody runs them. What is asked meanwhile is done afterwards;
    /// only where other nodes can run them by now, this pass gives way to the new one at the end of its page.
    /// </summary>
    async Task TellShardsAsync(TaskState task, long round, ExecutionState state, Func<ShardState, bool> isWanted)
    {
        for (var again = true; again;)
        {
            if (await RoundPlaces.FindAsync(Node, task, state, CancellationToken.None) is not { } places) return;
            lock (countGate)
            {
                if (telling?.IsOver(places) == true)
                {
                    tellAgain = true;
                    return;
                }
                (telling, tellAgain) = (places, false);
            }
            try
            {
                if (places.HasLost)
                {
                    await ForUnfinishedAsync(round, state, places.TellAsync, shard => isWanted(shard) && places.IsLost(shard), GivesWay);
                    // They are counted where they are now.
                    if (await RoundPlaces.FindAsync(Node, task, state, CancellationToken.None) is not { } rest) return;
                    await ForUnfinishedAsync(round, state, rest.TellAsync, isWanted, GivesWay);
                }
                else await ForUnfinishedAsync(round, state, places.TellAsync, isWanted, GivesWay);

                bool GivesWay() => !ReferenceEquals(Volatile.Read(ref telling), places);
            }
            finally
            {
                lock (countGate)
                {
                    again = ReferenceEquals(telling, places) && tellAgain;
                    if (ReferenceEquals(telling, places)) telling = null;
                }
            }
        }
    }

    /// <summary>Finds the shards where the task says so, and starts those that have something to do.</summary>
    async Task BeginAsync(TaskState task, ExecutionState state, CancellationToken stop)
    {
        // Once all were asked, the round has the tables that it has: its end may be on its way.
        if (!discovered && !state.Probed && task.Definition.Handler.Shape!.Shards.Discover is { } handler)
        {
            if (await Node.Shards.DiscoverAsync(task, handler, state.Seed.Sequence, stop) is { } failure)
            {
                await TellAsync(new ExecutionCommand.RunFailed(Node.Clock.Now, state.FencingToken, failure.Text, failure.Retryable, Node.Random.NextDouble()));
                return;
            }
            discovered = true;
        }
        if (await new RoundStart(Node, task, state).RunAsync(stop)) await TellAsync(new ExecutionCommand.Probed(Node.Clock.Now));
        Count(state.Seed.Sequence, state.Seed.TaskId, anyway: true);
    }

    Task CancelShardsAsync(long round, ExecutionState state) =>
        ForUnfinishedAsync(round, state, shard => Node.Router.AskAsync(shard.State.Key, new ShardCommand.Cancel(Node.Clock.Now, round, Key), shard), _ => true, () => false);

    /// <summary>Tells every shard that has not ended the round, and is wanted. A page of them is durable before the next is read, so that memory stays bounded.</summary>
    async Task ForUnfinishedAsync(long round, ExecutionState state, Func<Stored<ShardState>, Task> tell, Func<ShardState, bool> isWanted, Func<bool> givesWay)
    {
        for (var after = 0L; !givesWay();)
        {
            var shards = state.Seed.RetriedRound is { } retried
                ? await Node.Store.RetriedShardsAsync(state.Seed.TaskId, retried, round, after, Node.Limits.ReadBatch, CancellationToken.None)
                : await Node.Store.UnfinishedShardsAsync(state.Seed.TaskId, round, after, Node.Limits.ReadBatch, CancellationToken.None);
            await shards.Where(shard => isWanted(shard.State)).Select(async shard =>
            {
                try
                {
                    await tell(shard);
                }
                catch (Exception failure) when (failure is not OutOfMemoryException)
                {
                    Node.Log.LogWarning("Shard {Database}.{Table} did not hear of round {Round} and is told again: {Reason}", shard.State.Database, shard.State.Table, round, failure.Message);
                }
            }).AllAsync();
            if (shards.Count < Node.Limits.ReadBatch) break;
            after = shards[^1].State.Key.ShardId;
        }
        Count(round, state.Seed.TaskId, anyway: true);
    }

    /// <summary>
    /// Asks the store how the round stands: one question at a time, and only when four in five of the shards that were missing may have ended,
    /// so that a round costs a number of questions that grows with the logarithm of its shards.
    /// </summary>
    void Count(long round, long taskId, bool anyway)
    {
        lock (countGate)
        {
            ended = anyway ? int.MaxValue / 2 : ended + 1;
            if (counting || ended * 5L < toEnd * 4L) return;
            counting = true;
        }
        Node.Background.Start(() => TryAsync(() => CountAsync(round, taskId), "count the shards"));
    }

    async Task CountAsync(long round, long taskId)
    {
        try
        {
            while (true)
            {
                lock (countGate) ended = 0;
                var asked = State is { Probed: true };
                var totals = State?.Seed.RetriedRound is { } retried
                    ? await Node.Store.CountRetryAsync(taskId, retried, round, CancellationToken.None)
                    : await Node.Store.CountRoundAsync(taskId, round, CancellationToken.None);
                if (!asked && await AreYetToBeFoundAsync(totals.Shards, taskId))
                {
                    lock (countGate) counting = false;
                    return;
                }
                progress.Saw(Node, State, totals);
                await TellAsync(new ExecutionCommand.ShardsCounted(Node.Clock.Now, totals.Shards, totals.Rows, asked));
                lock (countGate)
                {
                    toEnd = (asked ? 0 : totals.Shards.Idle) + totals.Shards.Running;
                    if (ended > 0 && ended * 5L >= toEnd * 4L) continue;
                    counting = false;
                    return;
                }
            }
        }
        catch
        {
            lock (countGate) counting = false;
            throw;
        }
    }

    /// <summary>
    /// Whether the round's shards are discovered, and have not been: those that are known by now may take no part and say nothing of it, and others may join them.
    /// </summary>
    async Task<bool> AreYetToBeFoundAsync(ShardCounts shards, long taskId) =>
        (!discovered || shards.Total == shards.Paused) && State is { Stopping: StopReason.None, Seed.RetriedRound: null } && (await Node.Definitions.GetAsync(taskId)).Definition.Handler.Shape?.Shards.Discover is not null;

    async Task TryAsync(Func<Task> work, string what)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // Whoever cancelled it knows.
        }
        catch (NotDurableException)
        {
            // The activation has left; whoever has the execution by now looks after its shards.
        }
        catch (Exception failure)
        {
            Node.Log.LogWarning(failure, "{Entity} could not {What} and tries again within {Every}", this, what, Node.Limits.Executions.SuperviseEvery);
        }
    }

    /// <inheritdoc/>
    protected override void Happened(ExecutionState before, ExecutionState after)
    {
        if (!before.HasEnded && after.HasEnded) Node.Logs.Ended(after.Id);
        if (!Node.Events.IsWatched) return;
        if (before.StartedAt is null && after.StartedAt is not null) Tell(SchedulerEventKind.ExecutionStarted, $"execution {after.Id} of task {after.Seed.TaskName} has started");
        if (!before.HasEnded && after.HasEnded) Tell(SchedulerEventKind.ExecutionEnded, $"execution {after.Id} of task {after.Seed.TaskName} has ended: {after.Status}{(after.Error is { } error ? $", {error}" : "")}");

        void Tell(SchedulerEventKind kind, string message) => Node.Events.Tell(after.Seed.Tenant, kind, message, after.Seed.TaskName, after.Id.Value);
    }

    /// <inheritdoc/>
    protected override ExecutionCommand Stamp(ExecutionCommand command)
    {
        if (command is ExecutionCommand.Cancel) cancelTold = true;
        return command is ExecutionCommand.Create create
            ? create with { Now = Node.Clock.Now, TenantIsLimited = Node.Orders.IsLimited(create.Seed.Tenant) }
            : command with { Now = Node.Clock.Now };
    }

    /// <inheritdoc/>
    protected override DateTimeOffset? WakeAt(ExecutionState state) => state.WakeAt;

    /// <inheritdoc/>
    protected override bool IsResting(ExecutionState state) =>
        state.HasEnded || state.Status is ExecutionStatus.None or ExecutionStatus.Retrying || state is { Status: ExecutionStatus.Waiting, Attempt: 0 };

    /// <summary>What waits for a slot and was never written has its task, which asks after it soon enough: of many that wait, each write would have the others wait longer.</summary>
    protected override bool IsWrittenSoon(ExecutionState state) => state.Status != ExecutionStatus.Waiting;

    /// <inheritdoc/>
    protected override bool IsOfRun(ExecutionState state, long token) => !state.Seed.Polls && state.Status is (ExecutionStatus.Waiting or ExecutionStatus.Running) && state.FencingToken == token;

    /// <inheritdoc/>
    protected override async ValueTask<Stored<ExecutionState>> ReadStoreAsync(CancellationToken cancellationToken) =>
        await Node.Store.ReadExecutionAsync(Key, cancellationToken) ?? new(ExecutionState.Absent(Key), 0, 0);

    /// <inheritdoc/>
    protected override EntityWrite Write(ExecutionState durable, ExecutionState next, long expectedVersion, long writeId) => new EntityWrite.OfExecution(next, expectedVersion, writeId);

    /// <inheritdoc/>
    public override string ToString() => $"Execution {Key}";
}
