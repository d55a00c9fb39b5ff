namespace Scheduler.Running;

/// <summary>
/// One entity's turns: folds the commands that wait through its decider, writes once, then lets the effects go. The only loop that
/// changes a state, in every host. An actor runtime may merge writes as well; this one also orders effects after them.
/// </summary>
/// <typeparam name="TState">The entity's state.</typeparam>
/// <typeparam name="TCommand">Its commands.</typeparam>
/// <typeparam name="TEffect">Its effects.</typeparam>
public sealed class Mailbox<TState, TCommand, TEffect>(IMailboxOwner<TState, TCommand, TEffect> owner, Stored<TState>? known, int capacity) where TState : class
{
    /// <param name="Command">What is told.</param>
    /// <param name="Durable">Who waits for it.</param>
    /// <param name="Follows">It stands or falls with the one before it.</param>
    readonly record struct Letter(TCommand Command, TaskCompletionSource<Told<TState>> Durable, bool Follows = false);

    // Callers come from any thread; the fields below the lock's are the turn's alone.
    static readonly List<TaskCompletionSource> none = [];

    readonly Lock gate = new();
    readonly Queue<Letter> waiting = [];
    List<TaskCompletionSource> flushes = [];
    bool draining, closed;

    Stored<TState>? stored = known; // as the store has it; null: not loaded
    TState? state;                  // as decided; ahead of the store while lazy decisions wait
    bool activated, abandoned;

    /// <summary>The state as last decided; null before the first turn. For the entity's own turn, and for readers that can live with a moment ago.</summary>
    public TState? State => state;

    /// <summary>
    /// Puts a command in line. The task ends when a state that includes it is durable (or needs not be), and fails when it could not be
    /// made so. Null: this mailbox is closed, the entity is elsewhere.
    /// </summary>
    public Task<Told<TState>>? TryTell(TCommand command)
    {
        var durable = new TaskCompletionSource<Told<TState>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (closed) return null;
            if (waiting.Count >= capacity) return Task.FromException<Told<TState>>(new NotDurableException($"expected at most {capacity} waiting commands, they are there already"));
            waiting.Enqueue(new(command, durable));
            if (draining) return durable.Task; // the turn after the one under way takes it along
            draining = true;
        }
        owner.Turn(Drain);
        return durable.Task;
    }

    /// <summary>Puts two commands in line with nothing between them, so that one write carries both, or neither.</summary>
    public Task<Told<TState>>? TryTell(TCommand first, TCommand second)
    {
        var durable = new TaskCompletionSource<Told<TState>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (closed) return null;
            waiting.Enqueue(new(first, new()));
            waiting.Enqueue(new(second, durable, Follows: true));
            if (draining) return durable.Task;
            draining = true;
        }
        owner.Turn(Drain);
        return durable.Task;
    }

    /// <summary>Has a turn write what lazy decisions left unwritten. Ends when it has, or when this mailbox has closed.</summary>
    public Task FlushAsync()
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (closed) return Task.CompletedTask;
            flushes.Add(flushed);
            if (draining) return flushed.Task;
            draining = true;
        }
        owner.Turn(Drain);
        return flushed.Task;
    }

    /// <summary>Closes whatever waits: it fails, and the owner has lost the entity.</summary>
    public void Abandon(string reason)
    {
        lock (gate) if (closed) return;
        Leave(new(reason), []);
    }

    /// <summary>Whether the store has a later version than this mailbox knows of: somebody else wrote it. Never while a write of its own is under way.</summary>
    public bool IsBehind(long version)
    {
        lock (gate) return !draining && activated && stored!.Version < version;
    }

    /// <summary>Closes if nothing waits and nothing is unwritten: from then on <see cref="TryTell(TCommand)"/> says null.</summary>
    public bool TryClose()
    {
        lock (gate)
        {
            if (closed || draining || waiting.Count > 0 || (activated && !ReferenceEquals(stored!.State, state))) return false;
            return closed = true;
        }
    }

    // One object for all turns.
    Func<Task> Drain => field ??= DrainAsync;

    async Task DrainAsync()
    {
        while (true)
        {
            Letter[] taken;
            List<TaskCompletionSource> flush;
            lock (gate)
            {
                if (closed || (waiting.Count == 0 && flushes.Count == 0))
                {
                    draining = false;
                    foreach (var never in flushes) never.TrySetResult();
                    break;
                }
                taken = [.. waiting];
                waiting.Clear();
                (flush, flushes) = flushes.Count == 0 ? (none, flushes) : (flushes, []);
            }
            await TurnAsync(taken, flush.Count > 0);
            foreach (var flushed in flush) flushed.TrySetResult();
        }
        if (activated && !closed) owner.Settled(state!, !ReferenceEquals(stored!.State, state));
    }

    async Task TurnAsync(Letter[] taken, bool flush)
    {
        try
        {
            if (!activated) await ActivateAsync();
        }
        catch (Exception failure)
        {
            // Not even read: whoever is addressed next tries again.
            Leave(new NotDurableException($"it could not be read: {failure.Message}", failure), taken);
            return;
        }
        try
        {
            await FoldAsync(taken, flush);
        }
        catch (Exception defect)
        {
            Leave(new DefectException($"a decision failed: {defect.Message}", defect), taken);
        }
    }

    async Task ActivateAsync()
    {
        stored ??= await owner.ReadAsync();
        state = stored.State;
        activated = true;
        await FoldAsync([new(owner.Activated(), new())], flush: false);
    }

    async Task FoldAsync(Letter[] letters, bool flush)
    {
        if (closed)
        {
            Answer(letters, new NotDurableException("another activation wrote it while this one began")); // lost while activating
            return;
        }
        var next = state!;
        var must = flush;
        List<TEffect>? effects = null;
        var told = new Told<TState>[letters.Length];
        for (var i = 0; i < letters.Length; i++)
        {
            var decision = owner.Decide(next, letters[i].Command);
            var more = decision.Effects is { Count: > 0 } some ? some : null;
            must |= !decision.Lazy && (more is not null || !ReferenceEquals(decision.State, next));
            next = decision.State;
            if (more is not null) (effects ??= []).AddRange(more);
            told[i] = new(next, decision.IgnoredBecause, decision.Refused);
        }

        if (must && !ReferenceEquals(next, stored!.State))
        {
            var outcome = await WriteAsync(next);
            if (outcome.Result == WriteResult.Rejected && ReferenceEquals(state, stored.State))
            {
                await RejectAsync(letters, outcome.Error ?? "", flush);
                return;
            }
            if (outcome.Result == WriteResult.Rejected)
            {
                // What lazy decisions left unwritten may be what cannot be stored, and would be in the way of everything that follows: then it is lost.
                outcome = await WriteAsync(state!);
                if (outcome.Result == WriteResult.Rejected) state = stored.State;
                if (outcome.Result != WriteResult.Conflict)
                {
                    await FoldAsync(letters, flush);
                    return;
                }
            }
            if (outcome.Result == WriteResult.Conflict)
            {
                Leave(new(outcome.Error ?? "another activation wrote it"), letters);
                return;
            }
        }

        state = next; // durable now, or lazy: only from here on may anyone learn of it
        lock (gate) if (closed) abandoned = true;
        if (abandoned)
        {
            Answer(letters, new NotDurableException("the entity was given up while it was written"));
            return;
        }
        foreach (var effect in effects ?? []) owner.Perform(effect, next);
        for (var i = 0; i < letters.Length; i++) letters[i].Durable.TrySetResult(told[i]);
    }

    /// <summary>Writes; whatever went wrong, what is said about it is true: written, rejected, or (conflict) no longer ours.</summary>
    async Task<WriteOutcome> WriteAsync(TState next)
    {
        var before = stored!;
        var writeId = owner.NextWriteId();
        WriteOutcome outcome;
        try
        {
            outcome = await owner.WriteAsync(before.State, next, before.Version, writeId);
        }
        catch (Exception failure)
        {
            outcome = new(WriteResult.Conflict, $"its write was not answered: {failure.Message}");
        }
        if (outcome.Result == WriteResult.Conflict && await IsOwnAsync(writeId)) outcome = WriteOutcome.Written;
        if (outcome.Result == WriteResult.Written) stored = new(next, before.Version + 1, writeId);
        return outcome;
    }

    /// <summary>A commit followed by a time-out conflicts with itself: the write id tells.</summary>
    async Task<bool> IsOwnAsync(long writeId)
    {
        try
        {
            return (await owner.ReadAsync()).WriteId == writeId;
        }
        catch (Exception)
        {
            return false; // nobody knows: leaving is right either way, since the store's state decides what comes next
        }
    }

    /// <summary>One command's data cannot be stored: the others must not suffer for it.</summary>
    async Task RejectAsync(Letter[] letters, string error, bool flush)
    {
        for (var first = 0; first < letters.Length;)
        {
            var next = first + 1;
            while (next < letters.Length && letters[next].Follows) next++;
            if (next - first == letters.Length) Answer(letters, new SchedulerException(SchedulerErrorKind.Conflict, error));
            else await FoldAsync(letters[first..next], flush);
            first = next;
        }
    }

    void Leave(NotDurableException reason, Letter[] letters)
    {
        Letter[] rest;
        lock (gate)
        {
            closed = true;
            rest = [.. letters, .. waiting];
            waiting.Clear();
        }
        owner.Lost(reason.Message); // the run stops before anyone hears
        Answer(rest, reason);
    }

    static void Answer(IEnumerable<Letter> letters, Exception failure)
    {
        foreach (var letter in letters)
        {
            letter.Durable.TrySetException(failure);
            _ = letter.Durable.Task.Exception; // whoever only sent does not look
        }
    }
}
