using System.Diagnostics;
using System.Text.Json;

namespace Scheduler.Executions;

/// <summary>What an execution does about everything that can happen to it.</summary>
public static class ExecutionDecider
{
    /// <summary>Decides. Pure: the same state and command give the same decision.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Decide(ExecutionState state, ExecutionCommand command, ExecutionLimits limits) => (state.Status, command) switch
    {
        (ExecutionStatus.None, ExecutionCommand.Create create) when create.Now - create.SaidAt > limits.WordLifetime => Ignored(state, $"said at {create.SaidAt:O}: too long ago"),
        (ExecutionStatus.None, ExecutionCommand.Create { Seed.SkippedBecause: { } reason } create) => Endings.End(Born(create) with { Error = reason }, ExecutionStatus.Skipped, create.Now),
        (ExecutionStatus.None, ExecutionCommand.Create { Go: false } create) => new(Born(create)),
        (ExecutionStatus.None, ExecutionCommand.Create { BeginsUnwritten: true } create) => Runs.Begin(Born(create), create.Now, limits) with { Lazy = true },
        (ExecutionStatus.None, ExecutionCommand.Create create) => Enter(Born(create), create, limits),
        (ExecutionStatus.None, ExecutionCommand.Admitted admitted) => Ignored(state, "there is no such execution") with { Effects = [new ExecutionEffect.LeaveTenant(admitted.Tenant)] },
        (ExecutionStatus.None, _) => Ignored(state, "there is no such execution"),

        // Its turn has come.
        (ExecutionStatus.Waiting, ExecutionCommand.Create { Go: true } create) when state is { Attempt: 0, Admission: Admission.None } => Enter(state, create, limits),
        // The task asks: it is answered, whatever the state.
        (_, ExecutionCommand.Create) => Ignored(state, "it exists") with { Effects = [new ExecutionEffect.TellTask(state.Seed.TaskId, state.Status)] },

        (_, ExecutionCommand.Admitted admitted) when state.HasEnded => Ignored(state, $"it has ended ({state.Status})") with { Effects = [new ExecutionEffect.LeaveTenant(admitted.Tenant)] },
        // It may be its task that cancels it, which has not heard of the end and would wait for it: the word was lost with a process.
        (_, ExecutionCommand.Cancel) when state.HasEnded => Ignored(state, $"it has ended ({state.Status})") with { Refused = Ended(state), Effects = [new ExecutionEffect.TellTask(state.Seed.TaskId, state.Status)] },
        _ when state.HasEnded => Ignored(state, $"it has ended ({state.Status})"),

        (_, ExecutionCommand.Admitted admitted) when state.Admission == Admission.Asked => Runs.Begin(state with { Admission = Admission.Granted, WakeAt = null }, admitted.Now, limits),
        (_, ExecutionCommand.Admitted) => Ignored(state, state.Admission == Admission.Granted ? "it was let in" : "it did not ask"),

        // A new activation knows of no run.
        (_, ExecutionCommand.Activated activated) => Resume(state, activated.Now, limits),

        (_, ExecutionCommand.Started started) when IsStale(state, started.Token) => Ignored(state, "report of an older run"),
        (ExecutionStatus.Waiting, ExecutionCommand.Started started) => new(WakeTime.Renewed(state with
        {
            Status = ExecutionStatus.Running,
            Node = started.Node,
            StartedAt = state.StartedAt ?? started.Now,
            RunStartedAt = started.Now,
        })) { Lazy = !state.StartsDurably }, // else the code waits until its node is known
        (_, ExecutionCommand.Started) => Ignored(state, "it has started"),

        (_, ExecutionCommand.RunSucceeded succeeded) when IsStale(state, succeeded.Token) => Ignored(state, "report of an older run"),
        (_, ExecutionCommand.RunSucceeded succeeded) => Endings.End(state with { Result = succeeded.Result, Error = null, Stack = null }, ExecutionStatus.Succeeded, succeeded.Now),

        (_, ExecutionCommand.RunFailed failed) when IsStale(state, failed.Token) => Ignored(state, "report of an older run"),
        (_, ExecutionCommand.RunFailed failed) when state.Stopping != StopReason.None => Endings.Stopped(state, failed.Now),
        (_, ExecutionCommand.RunFailed failed) when failed.Retryable && state.Attempt < state.Seed.Retry.MaxAttempts => new(WakeTime.Renewed(Runs.Over(state, AttemptOutcome.Failed, failed.Now, failed.Error, limits) with
        {
            Status = ExecutionStatus.Retrying,
            RetryAt = failed.Now + state.Seed.Retry.WaitAfter(state.Attempt, failed.Jitter),
            Error = failed.Error,
            Stack = failed.Stack,
        })),
        (_, ExecutionCommand.RunFailed failed) => Endings.End(state with { Error = failed.Error, Stack = failed.Stack }, ExecutionStatus.Failed, failed.Now),

        (_, ExecutionCommand.RunStopped stopped) when IsStale(state, stopped.Token) => Ignored(state, "report of an older run"),
        (_, ExecutionCommand.RunStopped stopped) when state.Stopping != StopReason.None => Endings.Stopped(state, stopped.Now),
        // Its node stops, which is no loss: it goes on where it is loaded next.
        (ExecutionStatus.Running, ExecutionCommand.RunStopped stopped) when !state.Seed.Polls =>
            new(WakeTime.Renewed(Runs.Over(state, AttemptOutcome.Interrupted, stopped.Now, null, limits) with { Status = ExecutionStatus.Waiting, Interrupted = true })),
        (_, ExecutionCommand.RunStopped) => Ignored(state, "its code has not begun; it begins where it is loaded next"),

        (_, ExecutionCommand.Cancel cancel) when state.Stopping != StopReason.None => Ignored(state, "it is being stopped"),
        (_, ExecutionCommand.Cancel cancel) => Endings.Begin(state with { Error = cancel.Reason }, StopReason.Cancelled, cancel.Now, limits),

        (_, ExecutionCommand.ShardEnded or ExecutionCommand.ShardsCounted or ExecutionCommand.Probed) when !state.Seed.Polls => Ignored(state, "it has no shards"),
        (_, ExecutionCommand.ShardEnded) => Ignored(state, "worth a count") with { Effects = [new ExecutionEffect.CountShards(state.Seed.Sequence)], Lazy = true },
        (ExecutionStatus.Running, ExecutionCommand.ShardsCounted counted) => Rounds.Counted(state, counted),
        (_, ExecutionCommand.ShardsCounted) => Ignored(state, "it does not run"),
        (ExecutionStatus.Running, ExecutionCommand.Probed) when !state.Probed => new(state with { Probed = true }) { Lazy = true },
        (_, ExecutionCommand.Probed) => Ignored(state, state.Probed ? "it is known" : "it does not run"),

        (ExecutionStatus.Running, ExecutionCommand.NodesChanged changed) when state.Seed.Polls => Rounds.Look(state, changed.Now, limits),
        (_, ExecutionCommand.NodesChanged) => Ignored(state, state.Seed.Polls ? "it does not run" : "it has no shards"),

        (_, ExecutionCommand.Woken woken) => Wake(state, woken.Now, limits),

        _ => throw new UnreachableException($"expected a command that an execution knows, got {command.GetType().Name}"),
    };

    static ExecutionState Born(ExecutionCommand.Create create)
    {
        var mayHaveRun = create.Seed.MayBeginUnwritten && !create.IsNew;
        return new()
        {
            Seed = create.Seed,
            Status = ExecutionStatus.Waiting,
            FencingToken = FencingTokens.Before(create.DecidedAt ?? create.Now, mayHaveRun),
            CreatedAt = create.Now,
            Interrupted = mayHaveRun,
        };
    }

    /// <summary>Its turn among the task's executions has come; where others share a limit with it, it has to ask.</summary>
    static Decision<ExecutionState, ExecutionEffect> Enter(ExecutionState state, ExecutionCommand.Create create, ExecutionLimits limits) =>
        state.Seed.ConcurrencyKey is not null || create.TenantIsLimited
            ? new(state with { Admission = Admission.Asked, WakeAt = create.Now + limits.AskTenantEvery }, new ExecutionEffect.AskTenant(state.Seed))
            : Runs.Begin(state, create.Now, limits);

    /// <summary>It was loaded: what is outstanding goes on.</summary>
    static Decision<ExecutionState, ExecutionEffect> Resume(ExecutionState state, DateTimeOffset now, ExecutionLimits limits) => state switch
    {
        { Admission: Admission.Asked } => Ignored(state, "it waits for its tenant's leave") with { Effects = [new ExecutionEffect.AskTenant(state.Seed)] },
        { Status: ExecutionStatus.Waiting, Attempt: 0 } => Ignored(state, "it waits for its turn"),
        { Seed.Polls: true, Status: not ExecutionStatus.Retrying } => Rounds.Look(state, now, limits),
        // The run that was to stop is gone with the process it was in.
        { Stopping: not StopReason.None } => Endings.Stopped(state, now),
        { Status: ExecutionStatus.Retrying } => Ignored(state, "it waits for its next attempt"),
        { Status: ExecutionStatus.Running } => Runs.Lost(state, now, limits),
        // It waited for a slot, as far as is known.
        _ => Runs.Start(state with { Interrupted = true }, state.Attempt),
    };

    /// <summary>Does what is due by now.</summary>
    static Decision<ExecutionState, ExecutionEffect> Wake(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        if (state.Stopping == StopReason.None && WakeTime.TimesOutAt(state) <= now)
            return Endings.Begin(state with { Error = $"expected to end within {state.Seed.Timeout}, did not" }, StopReason.TimedOut, now, limits);
        if (state.Status == ExecutionStatus.Retrying && state.RetryAt <= now)
            return Runs.Begin(state, now, limits);
        if (state.WakeAt > now)
            return Ignored(state, "nothing is due");
        if (state.Admission == Admission.Asked)
            return new(state with { WakeAt = now + limits.AskTenantEvery }, new ExecutionEffect.AskTenant(state.Seed)) { Lazy = true };
        if (state.Seed.Polls && state.Status == ExecutionStatus.Running)
            return Rounds.Look(state, now, limits);
        if (state.AbandonAt <= now)
        {
            var abandoned = Endings.Stopped(state with { FencingToken = state.FencingToken + 1 }, now); // whatever the run still reports is an older run's
            return abandoned with { Effects = [new ExecutionEffect.StopRun(state.FencingToken), .. abandoned.Effects] };
        }
        return Ignored(state, "nothing is due");
    }

    // Token 0 is nobody's: no run has begun.
    static bool IsStale(ExecutionState state, long token) => state.Status is not (ExecutionStatus.Waiting or ExecutionStatus.Running) || token == 0 || token != state.FencingToken;

    static Refusal Ended(ExecutionState state) => new(SchedulerErrorKind.Conflict, $"execution {state.Id} has ended: it is {JsonNamingPolicy.CamelCase.ConvertName(state.Status.ToString())} since {state.EndedAt:O}");

    static Decision<ExecutionState, ExecutionEffect> Ignored(ExecutionState state, string reason) => new(state) { IgnoredBecause = reason };
}
