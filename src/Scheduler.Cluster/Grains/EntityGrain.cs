using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.Routing;
using Scheduler.Cluster.State;
using Scheduler.Cluster.Wire;
using Scheduler.Running;

namespace Scheduler.Cluster.Grains;

/// <summary>
/// The place that a cluster gives to an entity: an address, turns on the grain's own scheduler, a state that Orleans carries, and wakes. It
/// decides nothing. Where Orleans runs an entity twice for a moment, the row's version decides which of the two goes on.
/// </summary>
abstract class EntityGrain<TKey, TState, TCommand, TEffect>(ClusterNode cluster, IPersistentState<Row<TState>> row) : Grain, IEntityGrain, IActivationHost, IResident, IGrainMigrationParticipant
    where TKey : struct where TState : class
{
    const string GoesOnKey = "scheduler.goesOn";

    // A run that does not heed its cancellation must not keep the silo from ending; what it reports is nobody's by then.
    static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(10);

    TaskScheduler turns = null!;
    Task<Activation<TKey, TState, TCommand, TEffect>>? present;
    bool leaves, goesOn;
    bool reconsiders; // it is looked at where it belongs
    bool isStale; // what Orleans read with the grain was taken, and may be another's by now

    protected Node Node => cluster.Node;

    /// <summary>The state as the store last had it; null where it has none.</summary>
    protected TState? Durable => row.State.Stored?.State;

    /// <summary>The state as it was last decided here, which may not be stored yet; else as <see cref="Durable"/>.</summary>
    protected TState? Decided => Here?.State ?? Durable;

    /// <summary>Makes the entity's activation.</summary>
    protected abstract Activation<TKey, TState, TCommand, TEffect> Create(Stored<TState>? known);

    /// <summary>Whether something is under way that goes on wherever the entity is loaded next.</summary>
    protected abstract bool IsOpen(TState state);

    /// <summary>Whether nothing is asked of the state for so long that it need not be in memory.</summary>
    protected abstract bool IsDone(TState state);

    /// <summary>Has it loaded, no more.</summary>
    protected abstract TCommand Woken();

    /// <summary>Tells it, wherever it is by then, until it has heard.</summary>
    protected abstract Task SayAsync(TCommand command);

    /// <summary>Has the sweeper of this silo wake it.</summary>
    protected abstract void Arm(Sweeper wakes, DateTimeOffset at);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        turns = TaskScheduler.Current;
        cluster.Residents.Add(this);
        // Not awaited: its first turn comes when this one is over.
        if (goesOn) _ = TellAsync(Envelope.Of(Woken()));
        goesOn = false;
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        leaves = true;
        goesOn |= Decided is { } state && IsOpen(state);
        // Nothing is handed over by itself when a silo stops: what is under way goes on elsewhere at once, not when it is next asked after.
        if (goesOn && reason.ReasonCode == DeactivationReasonCode.ShuttingDown && cluster.Silos.HasOthers) MigrateOnIdle();
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(LeavePatience);
            if (present is { } last) await (await last).LeaveAsync("its grain is deactivated", patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception failure)
        {
            Node.Log.LogWarning("{Grain} is deactivated before its run has ended; the row's version keeps out what it still reports: {Reason}", this.GetGrainId(), failure.Message);
        }
        finally
        {
            cluster.Residents.Remove(this);
            // Nobody asked for it to leave (the directory has it elsewhere, or lost it), or its migration may yet come to nothing: behind the leave
            // it goes on where it then is. Where it has migrated there is nothing more to do.
            if (goesOn && reason.ReasonCode is not DeactivationReasonCode.ShuttingDown) Node.Background.Start(GoOnAsync);
        }
    }

    /// <summary>A word of one way is lost where the directory is behind, and who supervises it would say it only half a minute later.</summary>
    async Task GoOnAsync()
    {
        try
        {
            await SayAsync(Woken());
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Node.Log.LogDebug("{Grain} has left, and could not be told to go on; it is told again where it matters: {Reason}", this.GetGrainId(), failure.Message);
        }
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext) => dehydrationContext.TryAddValue(GoesOnKey, goesOn);

    public void OnRehydrate(IRehydrationContext rehydrationContext) => rehydrationContext.TryGetValue(GoesOnKey, out goesOn);

    public async Task TellAsync(Envelope command)
    {
        try
        {
            await TellAsync(command.Open<TCommand>(), command.Version);
        }
        catch (LeavingException)
        {
            this.AsReference<IEntityGrain>().TellAsync(command).Ignore(); // behind the leave it goes where the entity is next
        }
        catch (Exception failure) when (failure is NotDurableException or SchedulerException or OrleansException)
        {
            // It is said again where it matters.
            Node.Log.LogDebug("{Grain} was told in vain: {Reason}", this.GetGrainId(), failure.Message);
        }
    }

    public async Task<Envelope> AskAsync(Envelope command)
    {
        try
        {
            return Envelope.Of(new Answer<Told<TState>>(await TellAsync(command.Open<TCommand>(), command.Version)));
        }
        catch (LeavingException leaving)
        {
            return Failed(new(null, leaving.Message) { IsElsewhere = true });
        }
        catch (NotDurableException failure)
        {
            return Failed(new(null, failure.Message));
        }
        catch (SchedulerException refusal)
        {
            return Failed(Failure.Of(refusal));
        }

        static Envelope Failed(Failure failure) => Envelope.Of(new Answer<Told<TState>>(default, failure));
    }

    async Task<Told<TState>> TellAsync(TCommand command, long version)
    {
        while (true)
        {
            if (leaves) throw new LeavingException(this.GetGrainId());
            var loading = present ??= LoadAsync();
            Activation<TKey, TState, TCommand, TEffect> here;
            try
            {
                here = await loading;
            }
            catch (Exception failure)
            {
                if (ReferenceEquals(present, loading)) present = null;
                throw new NotDurableException($"it could not be read: {failure.Message}", failure);
            }
            if (version > 0 && here.AbandonBehind(version)) version = 0;
            else if (!leaves && here.TryTell(command) is { } told) return await told;
            if (ReferenceEquals(present, loading)) present = null;
        }
    }

    /// <summary>The first takes what Orleans has read with the grain. One that another activation has written past is gone, and the next reads anew.</summary>
    async Task<Activation<TKey, TState, TCommand, TEffect>> LoadAsync()
    {
        if (isStale || row.State.IsUnsure) await row.ReadStateAsync();
        isStale = true;
        return Create(row.State.Stored);
    }

    void IActivationHost.Turn(Node node, Func<Task> turn) => InTurn(turn);

    /// <summary>Runs something where the grain's turns run, later.</summary>
    protected void InTurn(Func<Task> turn)
    {
        // Not with the context of whoever told it: where that one wanted to be placed is no business of this entity's messages.
        using (ExecutionContext.SuppressFlow()) _ = Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, turns);
    }

    async Task<WriteOutcome> IActivationHost.WriteAsync(Node node, EntityWrite write)
    {
        var durable = row.State;
        row.State = new() { Stored = durable.Stored, Writing = write };
        try
        {
            await row.WriteStateAsync();
            if (row.State.Refused is not { } reason) return WriteOutcome.Written;
            row.State = durable;
            return new(WriteResult.Rejected, reason);
        }
        catch (InconsistentStateException conflict)
        {
            row.State = new() { Stored = durable.Stored, IsUnsure = true };
            return new(WriteResult.Conflict, conflict.Message);
        }
        catch
        {
            row.State = new() { Stored = durable.Stored, IsUnsure = true };
            throw;
        }
    }

    void IActivationHost.WakeAt(Node node, DateTimeOffset time)
    {
        if (cluster.Residents.Wakes is { } wakes) Arm(wakes, time);
    }

    void IActivationHost.Rested(Node node)
    {
        if (present is { IsCompletedSuccessfully: true, Result: var here } && here.State is { } state && IsDone(state) && here.TryClose()) Leave();
    }

    void IActivationHost.Left(Node node)
    {
        // Whoever is addressed next, here or elsewhere, begins from the stored state.
    }

    /// <summary>Has the grain leave this silo: whoever addresses it next has it loaded, where it then belongs.</summary>
    void Leave()
    {
        leaves = true;
        DeactivateOnIdle();
    }

    // In a turn of its own, which comes when it is activated: one that migrates before that would not be told that it leaves.
    void IResident.MoveTo(SiloAddress silo) => InTurn(() =>
    {
        (leaves, goesOn) = (true, true);
        GrainContext.Migrate(new() { [Orleans.Runtime.Placement.IPlacementDirector.PlacementHintKey] = silo });
        return Task.CompletedTask;
    });

    // What it has decided is for its own turns to read.
    void IResident.Reconsider()
    {
        if (!BelongsSomewhere || Interlocked.Exchange(ref reconsiders, true)) return;
        InTurn(async () =>
        {
            try
            {
                if (await BelongsAsync() is { } silo) ((IResident)this).MoveTo(silo);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                Node.Log.LogWarning("{Grain} stays where it is for now: {Reason}", this.GetGrainId(), failure.Message);
            }
            finally
            {
                Volatile.Write(ref reconsiders, false);
            }
        });
    }

    /// <summary>Whether it may be in a silo that cannot run it: then <see cref="BelongsAsync"/> says where it belongs.</summary>
    protected virtual bool BelongsSomewhere => false;

    /// <summary>The silo that can run it where this one cannot; null: here, or nowhere. It is asked within a turn.</summary>
    protected virtual Task<SiloAddress?> BelongsAsync() => Task.FromResult<SiloAddress?>(null);

    GrainId IResident.Id => this.GetGrainId();

    void IResident.Abandon(string reason) => Here?.Abandon(reason);

    Task IResident.StopAsync() => Here?.StopAsync() ?? Task.CompletedTask;

    bool IResident.IsOpen => Here?.State is { } state && IsOpen(state);

    Activation<TKey, TState, TCommand, TEffect>? Here => present is { IsCompletedSuccessfully: true, Result: var here } ? here : null;
}

/// <summary>The entity leaves this silo: who asked asks again, and finds it where it is by then.</summary>
sealed class LeavingException(GrainId grain) : Exception($"{grain} leaves this silo");
