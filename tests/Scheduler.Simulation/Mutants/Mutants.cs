using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>All of them: each is a rule of the design that somebody might forget.</summary>
static class Mutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        Mutant.OfSharedStore("no-guard", "writes whatever version the row has", 300, store => new WithoutGuard(store)),
        Mutant.OfStore("answer-before-write", "says written before it is", 100, (process, store) => new AnswersBeforeItWrites(process, store)),
        Mutant.OfStore("lost-write", "says written and forgets", 100, (_, store) => new LosesWrites(store)),
        Mutant.OfStore("loser-re-emits", "takes a conflict for success", 300, (_, store) => new LoserTakesAll(store)),
        Mutant.OfStore("any-write-id", "takes another's write for its own", 600, (_, store) => new EveryWriteIsOurs(store)),
        Mutant.OfSharedStore("purge-too-early", "purges what its task still waits for", 200, store => new PurgesEarly(store)),
        Mutant.OfSharedStore("purge-before-children", "purges executions whose shards still run", 200, store => new PurgesTheOpen(store)),
        Mutant.OfStore("line-lost", "says that lines are written and forgets some", 100, (_, store) => new LosesLines(store)),
        Mutant.OfStore("line-twice", "writes lines again under other places", 200, (_, store) => new DoublesLines(store)),
        Mutant.OfStore("lines-swapped", "writes lines in another order", 100, (_, store) => new SwapsLines(store)),
        Mutant.OfStore("line-month", "takes the month for an execution's lines in which they are written", 300, (process, store) => new MonthOfWriting(process, store)),
        Mutant.OfStore("line-unread", "leaves lines out of what is read", 300, (_, store) => new LeavesLinesOut(store)),
        Mutant.OfStore("line-read-again", "reads the last line of a page again with the next", 300, (_, store) => new ReadsLinesTwice(store)),
        Mutant.OfStore("counts-early", "counts executions as soon as they ended", 300, (process, store) => new CountsEarly(process, store)),
        Mutant.OfStore("purge-uncounted", "purges executions that were never counted", 300, (_, store) => new NeverCounts(store)),
        Mutant.OfStore("no-lease", "goes on when it is cut off", 300, (process, store) => new NeverCutOff(process, store)),
        new("impatient-heir", "takes over before the lease of who was lost is over", 4000) { Peers = (_, peers) => new NeverWaits(peers) },
        new("gives-to-the-drained", "puts shards to nodes that somebody drains", 600) { Peers = (process, peers) => new GivesToTheDrained(process, peers) },
        Mutant.OfStore("round-counted-early", "ends a round whose shards still run", 200, (_, store) => new CountsTheIdle(store)),

        Mutant.OfSource("cursor-over-gap", "moves the cursor over rows that failed", 300, source => new CursorOverTheGap(source)),
        Mutant.OfSource("failures-swallowed", "takes failed rows for processed", 200, source => new SwallowsFailures(source)),
        Mutant.OfSource("reads-too-soon", "leaves no lag between the source's clock and the bound of a pass over changes", 300, source => new ReadsTooSoon(source)),
        Mutant.OfSource("skips-the-same-time", "goes on over changes with the next time, and forgets the key", 300, source => new SkipsTheSameTime(source)),
        Mutant.OfShard("hands-over-late", "hands over where a full pass ended, not where it began", 600, (state, command, shipped) => shipped(state, command) is var decision && command is ShardCommand.Ended && !state.Incremental && decision.State.Before is not null
            ? decision with { State = decision.State with { Before = command.Now } } : decision),
        Mutant.OfExecution("asks-half", "takes a round for asked before it is", 300, (state, command, shipped) => command is ExecutionCommand.ShardsCounted counted && !state.Probed ? shipped(state with { Probed = true }, counted with { Asked = true }) : shipped(state, command)),
        Mutant.OfShard("rewind-forgotten", "begins at a rewind's place, and does not count the rewind", 1000, (state, command, shipped) => shipped(state, command) is var decision && command is ShardCommand.Rewind ? decision with { State = decision.State with { RewindEpoch = state.RewindEpoch } } : decision),
        Mutant.OfStore("dead-letters-lost", "passes over rows that are put aside, and keeps them nowhere", 300, (_, store) => new LosesDeadLetters(store)),
        Mutant.OfStore("replay-forgets", "takes a dead letter away though its replay failed", 1000, (_, store) => new ForgetsFailedReplays(store)),
        Mutant.OfShard("found-anew", "begins anew where a table is found again", 600, (state, command, shipped) => command is ShardCommand.Found && state.Status == ShardStatus.Gone && state.Cursor != Cursor.Start
            ? shipped(state with { Cursor = Cursor.Start, Incremental = false }, command) : shipped(state, command)),
        Mutant.OfShard("missed-unheard", "runs a table that was not found", 300, (state, command, shipped) => command is ShardCommand.Missed ? new(state) : shipped(state, command)),
        Mutant.OfShard("found-unheard", "leaves a table out that was found again", 300, (state, command, shipped) => command is ShardCommand.Found ? new(state) : shipped(state, command)),
        Mutant.OfSource("pass-ends-early", "takes a page for the last one", 100, source => new EndsEarly(source)),
        Mutant.OfSource("row-skipped", "reads on one row too far", 100, source => new SkipsARow(source)),

        Mutant.OfShard("round-again", "forgets that the round has ended", 300, (state, command, shipped) =>
            shipped(command is ShardCommand.Start start && start.Round == state.Round && state.Status is ShardStatus.Completed or ShardStatus.Failed ? state with { Round = state.Round - 1 } : state, command)),
        Mutant.OfShard("shard-token-again", "gives a new run the last one's token", 200, (state, command, shipped) => command is ShardCommand.Activated && state.Status == ShardStatus.Running ? SameToken(shipped(state, command)) : shipped(state, command)),
        Mutant.OfShard("shard-created-anew", "starts every round with token 1", 100, (state, command, shipped) => command is ShardCommand.Start ? shipped(state.Status == ShardStatus.Running ? state : state with { FencingToken = 0 }, command) : shipped(state, command)),
        Mutant.OfShard("stale-round-starts", "goes back to an older round", 600, (state, command, shipped) => command is ShardCommand.Start start && start.Round < state.Round ? shipped(state with { Round = start.Round - 1 }, command) : shipped(state, command)),
        Mutant.OfShard("cursor-lost", "begins anew where it is loaded", 300, (state, command, shipped) => command is ShardCommand.Activated && state.Status == ShardStatus.Running ? shipped(state with { Pages = 0, Cursor = Cursor.Start }, command) : shipped(state, command)),
        Mutant.OfShard("no-new-run", "does not go on where it is loaded", 300, (state, command, shipped) => command is ShardCommand.Activated ? new(state) : shipped(state, command)),
        Mutant.OfShard("ended-untold", "keeps a page's checkpoint lazily, for ever", 300, (state, command, shipped) => command is ShardCommand.Ended ? shipped(state, command) with { Lazy = true } : shipped(state, command)),
        Mutant.OfShard("cancel-unheard", "runs on though its round was cancelled", 600, (state, command, shipped) => command is ShardCommand.Cancel && state.Status != ShardStatus.Running ? new(state) : shipped(state, command)),
        new("forsaken-waits", "waits for a database that nobody can release, since its task has been deleted", 1000)
        {
            Deciders = (process, shipped) => shipped with
            {
                Shard = (state, command) => command is ShardCommand.Cancel cancel && DurableBeforeItIsTold.IsForsaken(process.Simulation.Store, state)
                    && process.Simulation.Store.Executions.TryGetValue(cancel.Execution, out var execution) && execution.State is { HasEnded: false, Stopping: StopReason.None } ? new(state) : shipped.Shard(state, command),
            },
        },

        Mutant.OfExecution("ended-begins-again", "runs again when its task asks", 100, (state, command, shipped) => command is ExecutionCommand.Create && state.HasEnded ? shipped(ExecutionState.Absent(state.Id), command) : shipped(state, command)),
        Mutant.OfExecution("execution-token-again", "gives a new run the last one's token", 300, (state, command, shipped) =>
        {
            var decision = shipped(state, command);
            return decision.State.Attempt > 1 && decision.State.FencingToken > state.FencingToken ? SameToken(decision) : decision;
        }),
        Mutant.OfExecution("lost-unwritten", "forgets that a run may have been lost before anything of it was written", 600, (state, command, shipped) => command is ExecutionCommand.Create create ? shipped(state, create with { IsNew = true }) : shipped(state, command)),
        Mutant.OfExecution("unwritten-from-afar", "begins before it is written, though the word may come twice", 1000, (state, command, shipped) => command is ExecutionCommand.Create { IsNew: true } create ? shipped(state, create with { IsHere = true }) : shipped(state, command)),
        Mutant.OfExecution("late-word-revives", "believes a word however old", 5000, (state, command, shipped) => command is ExecutionCommand.Create create ? shipped(state, create with { SaidAt = create.Now }) : shipped(state, command)),
        Mutant.OfExecution("retry-unwoken", "forgets to wake for the next attempt", 1000, (state, command, shipped) => shipped(state, command) is var decision && decision.State.Status == ExecutionStatus.Retrying && decision.State.WakeAt is not null
            ? decision with { State = decision.State with { WakeAt = null } } : decision),
        Mutant.OfExecution("shards-unsupervised", "does not look after its shards again", 600, (state, command, shipped) => command is ExecutionCommand.Woken or ExecutionCommand.Activated && state is { Seed.Kind: HandlerKind.Polling, Status: ExecutionStatus.Running } ? new(state) : shipped(state, command)),
        Mutant.OfExecution("task-untold", "does not answer its task", 100, (state, command, shipped) => shipped(state, command) is var decision ? decision with { Effects = [.. decision.Effects.Where(effect => effect is not ExecutionEffect.TellTask)] } : default),
        Mutant.OfExecution("told-before-durable", "tells its end before it is written", 200, (state, command, shipped) => shipped(state, command) is var decision && decision.State.HasEnded && !state.HasEnded ? decision with { Lazy = true } : decision),
        Mutant.OfExecution("never-abandoned", "waits for ever for a run that does not heed its end", 4000, (state, command, shipped) => shipped(state, command) is var decision && decision.State.AbandonAt is not null && decision.State.WakeAt is not null
            ? decision with { State = decision.State with { WakeAt = null } } : decision),

        Mutant.OfExecution("start-undurable", "begins code before its start is known", 300, (state, command, shipped) => command is ExecutionCommand.Started ? shipped(state, command) with { Lazy = true } : shipped(state, command)),
        Mutant.OfExecution("lost-runs-again", "runs again what fails where it is lost", 600, (state, command, shipped) => command is ExecutionCommand.Activated && state.Seed.OnNodeLost == NodeLossPolicy.Fail
            ? shipped(state with { Seed = state.Seed with { OnNodeLost = NodeLossPolicy.Rerun } }, command) is var decision && decision.IgnoredBecause is null ? decision with { State = decision.State with { Seed = state.Seed } } : new(state) : shipped(state, command)),
        Mutant.OfExecution("losses-uncounted", "forgets how often its run was lost", 300, (state, command, shipped) => shipped(state, command) is var decision && decision.State.Lost > 0 && !decision.State.HasEnded ? decision with { State = decision.State with { Lost = 0 } } : decision),

        Mutant.OfExecution("asks-nobody", "begins without its tenant's leave", 300, (state, command, shipped) => shipped(state, command) is var decision && decision.State.Admission == Admission.Asked && state.Admission == Admission.None
            ? shipped(decision.State, new ExecutionCommand.Admitted(command.Now, new(decision.State.Seed.Tenant))) : decision),
        Mutant.OfExecution("never-leaves", "does not tell its tenant of its end, and nobody looks", 300, (state, command, shipped) => shipped(state, command) is var decision ? decision with { Effects = [.. decision.Effects.Where(effect => effect is not ExecutionEffect.LeaveTenant)] } : default)
            with { Store = (_, store) => new SeesNoPlaces(store) },
        Mutant.OfStore("places-unseen", "does not look for executions whose word that they leave was lost", 300, (_, store) => new SeesNoPlaces(store)),
        Mutant.OfExecution("asks-once", "asks its tenant once only", 1000, (state, command, shipped) => command is ExecutionCommand.Woken or ExecutionCommand.Activated && state.Admission == Admission.Asked && !state.HasEnded ? new(state with { WakeAt = null }) : shipped(state, command)),
        Mutant.OfTenant("key-overfull", "lets one more of a key in", 300, (state, command, shipped) => shipped(state, command is TenantCommand.Ask { KeyLimit: { } limit } ask ? ask with { KeyLimit = limit + 1 } : command)),
        Mutant.OfTenant("tenant-overfull", "takes no notice of the tenant's limit", 600, (state, command, shipped) => command is TenantCommand.Ask && shipped(state with { Limit = null }, command) is var decision && decision.IgnoredBecause is null ? decision with { State = decision.State with { Limit = state.Limit } } : shipped(state, command)),
        Mutant.OfTenant("line-forgotten", "lets nobody in when one leaves", 300, (state, command, shipped) => command is TenantCommand.Leave leave && state.Running.Any(each => each.Execution == leave.Execution) ? new(state with { Running = state.Running.RemoveAll(each => each.Execution == leave.Execution) }) : shipped(state, command)),
        Mutant.OfTask("task-overfull", "lets more go at once than the task says", 300, (state, command, shipped) => command is TaskCommand.Trigger or TaskCommand.Woken && state.Definition.Concurrency?.PerTask is not null && state.Definition.Overlap == OverlapPolicy.Allow
            && shipped(state with { Definition = state.Definition with { Concurrency = null } }, command) is var decision && decision.IgnoredBecause is null && decision.Refused is null ? decision with { State = decision.State with { Definition = state.Definition } } : shipped(state, command)),
        Mutant.OfTask("pause-unheeded", "fires though everything is paused", 1000, (state, command, shipped) => shipped(state, command with { Held = null })),
        Mutant.OfTask("next-unwoken", "forgets its next occurrence", 100, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.Woken && !ReferenceEquals(decision.State, state) ? decision with { State = decision.State with { NextAt = null } } : decision),
        Mutant.OfTask("numbers-again", "gives an execution the last one's number", 100, (state, command, shipped) => shipped(state, command) is var decision && decision.State.Sequence > 1 && decision.State.Sequence > state.Sequence ? decision with { State = decision.State with { Sequence = state.Sequence } } : decision),
        Mutant.OfTask("deleted-lives", "lets a change bring a deleted task back", 600, (state, command, shipped) => state.Status == ScheduledTaskStatus.Deleted && command is TaskCommand.Activated or TaskCommand.Woken ? new(state with { Status = ScheduledTaskStatus.Enabled }) : shipped(state, command)),
        Mutant.OfTask("open-forgotten", "forgets what it has not heard of", 300, (state, command, shipped) => command is TaskCommand.Pause && state.Status == ScheduledTaskStatus.Enabled ? new(state with { Status = ScheduledTaskStatus.Paused, Revision = state.Revision + 1, Open = [] }) : shipped(state, command)),
        Mutant.OfTask("never-asks-again", "tells an execution once only", 300, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.Woken or TaskCommand.Activated
            ? decision with { Effects = [.. decision.Effects.Where(effect => effect is not TaskEffect.TellExecution tell || state.Open.All(open => open.Seed.Id != tell.Seed.Id))] } : decision),
        Mutant.OfTask("queue-stuck", "does not let the next in line go", 300, (state, command, shipped) => command is TaskCommand.ExecutionHeard heard && heard.Status >= ExecutionStatus.Succeeded && state.Open.FirstOrDefault(open => open.Seed.Id == heard.Execution) is { } gone
            ? new(state with { Open = state.Open.Remove(gone) }) : shipped(state, command)),
        new("wall-clock", "decides by the local clock", 200)
        {
            Deciders = (process, shipped) => shipped with { Task = (state, command) => shipped.Task(state, command with { Now = process.Time.GetUtcNow() }) },
        },
        Mutant.OfTask("wakes-early", "fires before its time", 100, (state, command, shipped) => command is TaskCommand.Woken ? shipped(state, command with { Now = command.Now.AddSeconds(20) }) : shipped(state, command)),
        .. ScheduleMutants.All,
    ];

    static Decision<ShardState, ShardEffect> SameToken(Decision<ShardState, ShardEffect> decision) => decision with
    {
        State = decision.State with { FencingToken = decision.State.FencingToken - 1 },
        Effects = [.. decision.Effects.Select(effect => effect is ShardEffect.Run run ? run with { Token = run.Token - 1 } : effect)],
    };

    static Decision<ExecutionState, ExecutionEffect> SameToken(Decision<ExecutionState, ExecutionEffect> decision) => decision with
    {
        State = decision.State with { FencingToken = decision.State.FencingToken - 1 },
        Effects = [.. decision.Effects.Select(effect => effect is ExecutionEffect.Run run ? run with { Token = run.Token - 1 } : effect)],
    };
}
