using Microsoft.Extensions.Logging;

namespace Scheduler.Running;

/// <summary>
/// One entity in this process: its mailbox, and the run of user code that it owns. A host gives it a place (<see cref="IActivationHost"/>);
/// everything else is the same everywhere.
/// </summary>
/// <typeparam name="TKey">The entity's key.</typeparam>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEffect">Its effects.</typeparam>
public abstract class Activation<TKey, TState, TCommand, TEffect> : IMailboxOwner<TState, TCommand, TEffect> where TKey : struct where TState : class
{
    sealed record Run(long Token, CancellationTokenSource Stop, CancellationTokenSource Leave, TaskCompletionSource Ended)
    {
        /// <summary>Has the entity go on elsewhere, once the run has ended; null: it stays.</summary>
        public Action? GoOn { get; set; }

        public void Cancel()
        {
            Leave.Cancel();
            Stop.Cancel();
        }
    }

    readonly IActivationHost host;
    readonly Mailbox<TState, TCommand, TEffect> mailbox;
    readonly Lock gate = new();
    Run? run;
    bool left, handsOver;
    TState? untold; // what was durable when people last heard; turns alone touch it

    /// <summary>Makes the activation; the state is read with the first command, or taken from <paramref name="known"/>.</summary>
    protected Activation(Node node, IActivationHost host, TKey key, Stored<TState>? known)
    {
        (Node, this.host, Key) = (node, host, key);
        mailbox = new(this, known, node.Limits.MailboxCapacity);
    }

    /// <summary>The process that it is in.</summary>
    protected Node Node { get; }

    /// <summary>The entity's key.</summary>
    public TKey Key { get; }

    /// <summary>The state as last decided; null before the first turn.</summary>
    public TState? State => mailbox.State;

    /// <summary>Whether a run of user code is under way.</summary>
    public bool IsRunning
    {
        get { lock (gate) return run is not null; }
    }

    /// <summary>Puts a command in line; it is stamped with this node's time. Null: closed, the entity is elsewhere.</summary>
    public Task<Told<TState>>? TryTell(TCommand command) => mailbox.TryTell(Stamp(command));

    /// <summary>Tells itself, from a run or a background read. Fails where the activation has left.</summary>
    protected Task<Told<TState>> TellAsync(TCommand command) => mailbox.TryTell(command) ?? throw Gone();

    /// <inheritdoc cref="TellAsync(TCommand)"/>
    protected Task<Told<TState>> TellAsync(TCommand first, TCommand second) => mailbox.TryTell(first, second) ?? throw Gone();

    /// <summary>Has lazy decisions written; ends when they are.</summary>
    public Task FlushAsync() => mailbox.FlushAsync();

    /// <summary>Gives the entity up: its run is cancelled, what waits fails, and whoever is addressed next decides from the stored state.</summary>
    public void Abandon(string reason) => mailbox.Abandon(reason);

    /// <summary>Gives the entity up where somebody else wrote it since. Who only ignores commands never writes, and would not find out.</summary>
    /// <returns>Whether it did.</returns>
    public bool AbandonBehind(long version)
    {
        if (!mailbox.IsBehind(version)) return false;
        mailbox.Abandon("another activation wrote it");
        return true;
    }

    /// <summary>
    /// Has the run end where it can be gone on with, or be cancelled when <paramref name="patience"/> is; then writes what is unwritten, and gives
    /// the entity up. Whoever is addressed next goes on with it.
    /// </summary>
    public async Task LeaveAsync(string reason, CancellationToken patience)
    {
        Run? ending;
        lock (gate)
        {
            (ending, handsOver) = (run, true);
            if (ending is not null) ending.GoOn ??= static () => { };
        }
        if (ending is not null)
        {
            ending.Leave.Cancel();
            using var _ = patience.Register(ending.Cancel);
            await ending.Ended.Task;
        }
        await mailbox.FlushAsync();
        Abandon(reason);
    }

    /// <summary>Closes if nothing waits, runs, or is unwritten.</summary>
    public bool TryClose() => !IsRunning && mailbox.TryClose();

    /// <summary>Cancels the run, if there is one, and ends when it has.</summary>
    public Task StopAsync()
    {
        Run? stopping;
        lock (gate) stopping = run;
        stopping?.Cancel();
        return stopping?.Ended.Task ?? Task.CompletedTask;
    }

    /// <summary>The command with this node's time.</summary>
    protected abstract TCommand Stamp(TCommand command);

    /// <summary>When the state wants to be woken.</summary>
    protected abstract DateTimeOffset? WakeAt(TState state);

    /// <summary>Whether the state asks nothing of a process: no run, no wait for an answer.</summary>
    protected abstract bool IsResting(TState state);

    /// <summary>Whether what lazy decisions left unwritten is written after a moment; else it waits for whoever needs it.</summary>
    protected virtual bool IsWrittenSoon(TState state) => true;

    /// <summary>Whether the state waits for the reports of the run with that token.</summary>
    protected abstract bool IsOfRun(TState state, long token);

    /// <inheritdoc/>
    public abstract Decision<TState, TEffect> Decide(TState state, TCommand command);

    /// <inheritdoc/>
    public abstract TCommand Activated();

    /// <summary>The state has become durable: what of it people may want to hear.</summary>
    protected virtual void Happened(TState before, TState after)
    {
    }

    /// <summary>The state in the store; one without a version where there is none.</summary>
    protected abstract ValueTask<Stored<TState>> ReadStoreAsync(CancellationToken cancellationToken);

    /// <summary>The write that carries a state to the store.</summary>
    protected abstract EntityWrite Write(TState durable, TState next, long expectedVersion, long writeId);

    /// <inheritdoc/>
    public abstract void Perform(TEffect effect, TState state);

    /// <summary>Starts user code under a token; what ran before is cancelled. <paramref name="work"/> reports by commands and throws nothing but its cancellation.</summary>
    protected void StartRun(long token, Func<CancellationToken, Task> work) => StartRun(token, (stop, _) => work(stop));

    /// <summary>As <see cref="StartRun(long, Func{CancellationToken, Task})"/>. The second token asks the work to end where it can be gone on with; it is cancelled with the first one too.</summary>
    protected void StartRun(long token, Func<CancellationToken, CancellationToken, Task> work)
    {
        var next = new Run(token, new(), new(), new(TaskCreationOptions.RunContinuationsAsynchronously));
        Run? old;
        lock (gate)
        {
            if (left) return;
            (old, run) = (run, next);
        }
        old?.Cancel();
        Node.RunStarted();
        Node.Background.Start(async () =>
        {
            try
            {
                await Node.Peers.SettledAsync(next.Leave.Token); // it may have run on a node that was lost
                await work(next.Stop.Token, next.Leave.Token);
            }
            catch (OperationCanceledException) when (next.Leave.IsCancellationRequested)
            {
                // Whoever cancelled knows.
            }
            catch (NotDurableException gone)
            {
                Node.Log.LogInformation("{Entity}: its run ends, what it reports is nobody's any more ({Reason})", this, gone.Message);
            }
            catch (Exception defect)
            {
                Node.Log.LogError(defect, "{Entity}: its run ended without a report", this);
            }
            finally
            {
                lock (gate) if (ReferenceEquals(run, next)) run = null;
                next.Ended.TrySetResult();
                Node.RunEnded();
                if (mailbox.State is { } state)
                {
                    if (next.GoOn is { } goOn && IsOfRun(state, token)) await LeaveAsync(goOn);
                    else if (IsResting(state)) host.Rested(Node);
                    else if (IsOfRun(state, token)) Abandon("its run ended without a report; another begins when it is next asked after");
                }
            }
        });
    }

    /// <summary>Cancels the run that has this token; another is left alone. Nobody waits for it.</summary>
    protected void StopRun(long token)
    {
        Run? stopping;
        lock (gate) stopping = run?.Token == token ? run : null;
        stopping?.Cancel();
    }

    /// <summary>Has the run that has this token end where it can be gone on with, then gives the entity up, and sees to it that it goes on.</summary>
    protected void HandOver(long token, Action goOn)
    {
        Run? leaving;
        lock (gate)
        {
            leaving = run?.Token == token ? run : null;
            if (leaving is null) return;
            leaving.GoOn = goOn;
        }
        leaving.Leave.Cancel();
    }

    async Task LeaveAsync(Action goOn)
    {
        await mailbox.FlushAsync();
        handsOver = true;
        Abandon("it goes on at another node");
        goOn();
    }

    /// <summary>Gives a run up that may still be going on: its reports are an older run's.</summary>
    protected void Forget(long token)
    {
        lock (gate) if (run?.Token == token) run = null;
    }

    async ValueTask<Stored<TState>> IMailboxOwner<TState, TCommand, TEffect>.ReadAsync()
    {
        using var patience = new CancellationTokenSource(Node.Limits.CommitPatience, Node.Limits.StoreTime);
        return await ReadStoreAsync(patience.Token);
    }

    Task<WriteOutcome> IMailboxOwner<TState, TCommand, TEffect>.WriteAsync(TState durable, TState next, long expectedVersion, long writeId)
    {
        untold ??= durable;
        return host.WriteAsync(Node, Write(durable, next, expectedVersion, writeId));
    }

    void IMailboxOwner<TState, TCommand, TEffect>.Turn(Func<Task> turn) => host.Turn(Node, turn);

    void IMailboxOwner<TState, TCommand, TEffect>.Settled(TState state, bool dirty)
    {
        if (!dirty && untold is { } before)
        {
            untold = null;
            Happened(before, state);
        }
        if (dirty && IsWrittenSoon(state)) Node.FlushLater(FlushAsync);
        if (WakeAt(state) is { } wake) host.WakeAt(Node, wake);
        if (!dirty && IsResting(state)) host.Rested(Node);
    }

    void IMailboxOwner<TState, TCommand, TEffect>.Lost(string reason)
    {
        if (handsOver) Node.Log.LogDebug("{Entity} left this node: {Reason}", this, reason);
        else if (!Node.Stopping) Node.Log.LogWarning("{Entity} left this node: {Reason}. Its run, if any, was cancelled and goes on from the stored state where it is next addressed", this, reason);
        Run? stopping;
        lock (gate) (left, stopping) = (true, run);
        stopping?.Cancel();
        host.Left(Node);
    }

    long IMailboxOwner<TState, TCommand, TEffect>.NextWriteId() => Node.Random.NextId();

    static NotDurableException Gone() => new("the entity has left this node");
}
