using System.Diagnostics;
using System.Text.Json;

namespace Scheduler.Executions;

/// <summary>The bounds that an execution's decisions know.</summary>
public sealed record ExecutionLimits
{
    /// <summary>How old a word that makes an execution may be. History is kept longer, so that nothing late brings it back.</summary>
    public TimeSpan WordLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a run may take to heed its cancellation before it is given up.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs of one execution that may be lost with their nodes; the last of them fails it, since its own code may be what ends them. 1 to 100.</summary>
    public int LostRuns
    {
        get;
        init => field = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(LostRuns), value, "expected 1 to 100");
    } = 5;

    /// <summary>Runs that are over and that an execution remembers, beside its last one. 1 to 100.</summary>
    public int PastAttempts
    {
        get;
        init => field = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(PastAttempts), value, "expected 1 to 100");
    } = 20;

    /// <summary>How often an execution that its tenant has not let in asks again.</summary>
    public TimeSpan AskTenantEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a polling execution looks after its shards.</summary>
    public TimeSpan SuperviseEvery { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What an execution does about everything that can happen to it.</summary>
public static class ExecutionDecider
{
    /// <summary>Decides. Pure: the same state and command give the same decision.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Decide(ExecutionState state, ExecutionCommand command, ExecutionLimits limits) => (state.Status, command) switch
    {
        (ExecutionStatus.None, ExecutionCommand.Create create) when create.Now - create.SaidAt > limits.WordLifetime => Ignored(state, $"said at {create.SaidAt:O}: too long ago"),
        (ExecutionStatus.None, ExecutionCommand.Create { Seed.SkippedBecause: { } reason } create) => End(Born(create) with { Error = reason }, ExecutionStatus.Skipped, create.Now),
        (ExecutionStatus.None, ExecutionCommand.Create { Go: false } create) => new(Born(create)),
        (ExecutionStatus.None, ExecutionCommand.Create create) => Enter(Born(create), create, limits),
        (ExecutionStatus.None, ExecutionCommand.Admitted admitted) => Ignored(state, "there is no such execution") with { Effects = [new ExecutionEffect.LeaveTenant(admitted.Tenant)] },
        (ExecutionStatus.None, _) => Ignored(state, "there is no such execution"),

        // Its turn has come.
        (ExecutionStatus.Waiting, ExecutionCommand.Create { Go: true } create) when state is { Attempt: 0, Admission: Admission.None } => Enter(state, create, limits),
        // The task asks: it is answered, whatever the state.
        (_, ExecutionCommand.Create) => Ignored(state, "it exists") with { Effects = [new ExecutionEffect.TellTask(state.Seed.TaskId, state.Status)] },

        (_, ExecutionCommand.Admitted admitted) when state.HasEnded => Ignored(state, $"it has ended ({state.Status})") with { Effects = [new ExecutionEffect.LeaveTenant(admitted.Tenant)] },
        _ when state.HasEnded => Ignored(state, $"it has ended ({state.Status})") with { Refused = command is ExecutionCommand.Cancel ? Ended(state) : null },

        (_, ExecutionCommand.Admitted admitted) when state.Admission == Admission.Asked => Begin(state with { Admission = Admission.Granted, WakeAt = null }, admitted.Now, limits),
        (_, ExecutionCommand.Admitted) => Ignored(state, state.Admission == Admission.Granted ? "it was let in" : "it did not ask"),

        // A new activation knows of no run.
        (_, ExecutionCommand.Activated activated) => Resume(state, activated.Now, limits),

        (_, ExecutionCommand.Started started) when IsStale(state, started.Token) => Ignored(state, "report of an older run"),
        (ExecutionStatus.Waiting, ExecutionCommand.Started started) => new(Due(state with
        {
            Status = ExecutionStatus.Running,
            Node = started.Node,
            StartedAt = state.StartedAt ?? started.Now,
            RunStartedAt = started.Now,
        })) { Lazy = !state.StartsDurably }, // else the code waits until its node is known
        (_, ExecutionCommand.Started) => Ignored(state, "it has started"),

        (_, ExecutionCommand.RunSucceeded succeeded) when IsStale(state, succeeded.Token) => Ignored(state, "report of an older run"),
        (_, ExecutionCommand.RunSucceeded succeeded) => End(state with { Result = succeeded.Result, Error = null, Stack = null }, ExecutionStatus.Succeeded, succeeded.Now),

        (_, ExecutionCommand.RunFailed failed) when IsStale(state, failed.Token) => Ignored(state, "report of an older run"),
        (_, ExecutionCommand.RunFailed failed) when state.Stopping != StopReason.None => Stopped(state, failed.Now),
        (_, ExecutionCommand.RunFailed failed) when failed.Retryable && state.Attempt < state.Seed.Retry.MaxAttempts => new(Due(Over(state, AttemptOutcome.Failed, failed.Now, failed.Error, limits) with
        {
            Status = ExecutionStatus.Retrying,
            RetryAt = failed.Now + state.Seed.Retry.WaitAfter(state.Attempt, failed.Jitter),
            Error = failed.Error,
            Stack = failed.Stack,
        })),
        (_, ExecutionCommand.RunFailed failed) => End(state with { Error = failed.Error, Stack = failed.Stack }, ExecutionStatus.Failed, failed.Now),

        (_, ExecutionCommand.RunStopped stopped) when IsStale(state, stopped.Token) => Ignored(state, "report of an older run"),
        (_, ExecutionCommand.RunStopped stopped) when state.Stopping != StopReason.None => Stopped(state, stopped.Now),
        // Its node stops, which is no loss: it goes on where it is loaded next.
        (ExecutionStatus.Running, ExecutionCommand.RunStopped stopped) when !state.Seed.Polls =>
            new(Due(Over(state, AttemptOutcome.Interrupted, stopped.Now, null, limits) with { Status = ExecutionStatus.Waiting, Interrupted = true })),
        (_, ExecutionCommand.RunStopped) => Ignored(state, "its code has not begun; it begins where it is loaded next"),

        (_, ExecutionCommand.Cancel cancel) when state.Stopping != StopReason.None => Ignored(state, "it is being stopped"),
        (_, ExecutionCommand.Cancel cancel) => BeginToStop(state with { Error = cancel.Reason }, StopReason.Cancelled, cancel.Now, limits),

        (_, ExecutionCommand.ShardEnded or ExecutionCommand.ShardsCounted or ExecutionCommand.Probed) when !state.Seed.Polls => Ignored(state, "it has no shards"),
        (_, ExecutionCommand.ShardEnded) => Ignored(state, "worth a count") with { Effects = [new ExecutionEffect.CountShards(state.Seed.Sequence)] },
        (ExecutionStatus.Running, ExecutionCommand.ShardsCounted counted) => Counted(state, counted),
        (_, ExecutionCommand.ShardsCounted) => Ignored(state, "it does not run"),
        (ExecutionStatus.Running, ExecutionCommand.Probed) when !state.Probed => new(state with { Probed = true }) { Lazy = true },
        (_, ExecutionCommand.Probed) => Ignored(state, state.Probed ? "it is known" : "it does not run"),

        (ExecutionStatus.Running, ExecutionCommand.NodesChanged changed) when state.Seed.Polls => Look(state, changed.Now, limits),
        (_, ExecutionCommand.NodesChanged) => Ignored(state, state.Seed.Polls ? "it does not run" : "it has no shards"),

        (_, ExecutionCommand.Woken woken) => Wake(state, woken.Now, limits),

        _ => throw new UnreachableException($"expected a command that an execution knows, got {command.GetType().Name}"),
    };

    static ExecutionState Born(ExecutionCommand.Create create) => new()
    {
        Seed = create.Seed,
        Status = ExecutionStatus.Waiting,
        FencingToken = FencingTokens.Before(create.Now),
        CreatedAt = create.Now,
    };

    /// <summary>Its turn among the task's executions has come; where others share a limit with it, it has to ask.</summary>
    static Decision<ExecutionState, ExecutionEffect> Enter(ExecutionState state, ExecutionCommand.Create create, ExecutionLimits limits) =>
        state.Seed.ConcurrencyKey is not null || create.TenantIsLimited
            ? new(state with { Admission = Admission.Asked, WakeAt = create.Now + limits.AskTenantEvery }, new ExecutionEffect.AskTenant(state.Seed))
            : Begin(state, create.Now, limits);

    static Decision<ExecutionState, ExecutionEffect> Begin(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        var next = state with { Attempt = state.Attempt + 1, RetryAt = null };
        if (next.Seed.Polls)
            return new(Due(next with { Status = ExecutionStatus.Running, StartedAt = next.StartedAt ?? now, WakeAt = now + limits.SuperviseEvery }),
                new ExecutionEffect.StartShards(next.Seed.Sequence));
        return Run(next);
    }

    static Decision<ExecutionState, ExecutionEffect> Run(ExecutionState state)
    {
        var next = Due(state with { Status = ExecutionStatus.Waiting, FencingToken = state.FencingToken + 1 });
        return new(next, new ExecutionEffect.Run(next.FencingToken, next.Attempt));
    }

    static Decision<ExecutionState, ExecutionEffect> Resume(ExecutionState state, DateTimeOffset now, ExecutionLimits limits) => state switch
    {
        { Admission: Admission.Asked } => Ignored(state, "it waits for its tenant's leave") with { Effects = [new ExecutionEffect.AskTenant(state.Seed)] },
        { Status: ExecutionStatus.Waiting, Attempt: 0 } => Ignored(state, "it waits for its turn"),
        { Seed.Polls: true, Status: not ExecutionStatus.Retrying } => Look(state, now, limits),
        // The run that was to stop is gone with the process it was in.
        { Stopping: not StopReason.None } => Stopped(state, now),
        { Status: ExecutionStatus.Retrying } => Ignored(state, "it waits for its next attempt"),
        { Status: ExecutionStatus.Running } => Lost(state, now, limits),
        // It waited for a slot, as far as is known.
        _ => Run(state with { Interrupted = true }),
    };

    /// <summary>Nobody will ever hear of the run: its process ended in the middle of it, or was cut off from the database and cancelled it.</summary>
    static Decision<ExecutionState, ExecutionEffect> Lost(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        var error = $"its run was lost with node {state.Node}, which ended or could not reach the database";
        var lost = Over(state, AttemptOutcome.Lost, now, error, limits) with { Lost = state.Lost + 1, Interrupted = true };
        if (state.Seed.OnNodeLost == NodeLossPolicy.Fail)
            return End(lost with { Error = $"{error}; onNodeLost is fail" }, ExecutionStatus.Failed, now);
        if (lost.Lost >= limits.LostRuns)
            return End(lost with { Error = $"{error}, as were {lost.Lost} runs of it in all: its own code may be what ends them" }, ExecutionStatus.Failed, now);
        return Run(lost);
    }

    /// <summary>The state with its present run among those that are over.</summary>
    static ExecutionState Over(ExecutionState state, AttemptOutcome outcome, DateTimeOffset now, string? error, ExecutionLimits limits)
    {
        if (state.Seed.Polls) return state;
        var past = state.Past.Add(new(state.Attempt, state.Node, state.RunStartedAt ?? state.StartedAt, now, outcome, error));
        return state with { Past = past.Length <= limits.PastAttempts ? past : past[^limits.PastAttempts..], RunStartedAt = null };
    }

    static Decision<ExecutionState, ExecutionEffect> Wake(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        if (state.Stopping == StopReason.None && state.StartedAt + state.Seed.Timeout <= now)
            return BeginToStop(state with { Error = $"expected to end within {state.Seed.Timeout}, did not" }, StopReason.TimedOut, now, limits);
        if (state.Status == ExecutionStatus.Retrying && state.RetryAt <= now)
            return Begin(state, now, limits);
        if (state.WakeAt > now)
            return Ignored(state, "nothing is due");
        if (state.Admission == Admission.Asked)
            return new(state with { WakeAt = now + limits.AskTenantEvery }, new ExecutionEffect.AskTenant(state.Seed)) { Lazy = true };
        if (state.Seed.Polls && state.Status == ExecutionStatus.Running)
            return Look(state, now, limits);
        if (state.AbandonAt <= now)
        {
            var abandoned = Stopped(state with { FencingToken = state.FencingToken + 1 }, now); // whatever the run still reports is an older run's
            return abandoned with { Effects = [new ExecutionEffect.StopRun(state.FencingToken), .. abandoned.Effects] };
        }
        return Ignored(state, "nothing is due");
    }

    /// <summary>A polling execution says again to its shards what they may not have heard.</summary>
    static Decision<ExecutionState, ExecutionEffect> Look(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        var round = state.Seed.Sequence;
        ExecutionEffect say = state.Stopping == StopReason.None ? new ExecutionEffect.StartShards(round) : new ExecutionEffect.CancelShards(round);
        return new(Due(state with { WakeAt = now + limits.SuperviseEvery }), say, new ExecutionEffect.CountShards(round)) { Lazy = true };
    }

    static Decision<ExecutionState, ExecutionEffect> BeginToStop(ExecutionState state, StopReason reason, DateTimeOffset now, ExecutionLimits limits)
    {
        var stopping = state with { Stopping = reason };
        return stopping switch
        {
            { Status: ExecutionStatus.Retrying } or { Status: ExecutionStatus.Waiting, Attempt: 0 } => Stopped(stopping, now),
            { Seed.Polls: true } => new(Due(stopping with { WakeAt = now + limits.StopGrace }), new ExecutionEffect.CancelShards(state.Seed.Sequence)),
            _ => new(Due(stopping with { AbandonAt = now + limits.StopGrace }), new ExecutionEffect.StopRun(state.FencingToken)),
        };
    }

    static Decision<ExecutionState, ExecutionEffect> Counted(ExecutionState state, ExecutionCommand.ShardsCounted counted)
    {
        // Counted before the last one heard of the round, a shard that runs by now may be among those that were not in it.
        var shards = counted.Asked ? state.Judge(counted.Counts) : counted.Counts;
        // A polling task has a shard at least, unless none was discovered: they are still to be made, and started.
        if (shards.Total == 0 && !(counted.Asked && state.Probed) && state.Seed.RetriedRound is null && state.Stopping == StopReason.None) return Ignored(state, "its shards have not been made yet");
        var next = state with
        {
            Items = new(shards.Total, shards.Completed, shards.Running, shards.Failed + shards.Cancelled),
            Rows = counted.Rows,
        };
        if (shards.Idle + shards.Running > 0)
            return next == state ? Ignored(state, "nothing has changed") : new(next) { Lazy = true };
        if (state.Stopping != StopReason.None)
            return Stopped(next, counted.Now);
        return shards.Failed + shards.Cancelled > 0
            ? End(next with { Error = Unprocessed(shards) }, ExecutionStatus.Failed, counted.Now)
            : End(next, ExecutionStatus.Succeeded, counted.Now);
    }

    // Of a round that goes on a shard is cancelled for one reason only.
    static string Unprocessed(ShardCounts shards)
    {
        var failed = $"{shards.Failed} of {shards.Total} shards failed";
        var givenUp = $"{shards.Cancelled} of {shards.Total} shards were given up: the task was deleted while their databases were in quarantine";
        return shards.Cancelled == 0 ? failed : shards.Failed == 0 ? givenUp : $"{failed}, {givenUp}";
    }

    static Decision<ExecutionState, ExecutionEffect> Stopped(ExecutionState state, DateTimeOffset now) =>
        End(state, state.Stopping == StopReason.TimedOut ? ExecutionStatus.TimedOut : ExecutionStatus.Cancelled, now);

    static Decision<ExecutionState, ExecutionEffect> End(ExecutionState state, ExecutionStatus outcome, DateTimeOffset now) =>
        new(state with { Status = outcome, EndedAt = now, WakeAt = null, RetryAt = null, AbandonAt = null, Stopping = StopReason.None },
            state.Admission == Admission.None
                ? [new ExecutionEffect.TellTask(state.Seed.TaskId, outcome)]
                : [new ExecutionEffect.TellTask(state.Seed.TaskId, outcome), new ExecutionEffect.LeaveTenant(new(state.Seed.Tenant))]);

    /// <summary>The state with the wake time that the rest of it asks for.</summary>
    static ExecutionState Due(ExecutionState state)
    {
        var look = state.Seed.Polls && state.Status == ExecutionStatus.Running ? state.WakeAt : null;
        var timeout = state.Stopping == StopReason.None ? state.StartedAt + state.Seed.Timeout : null;
        return state with { WakeAt = Earliest(Earliest(look, timeout), Earliest(state.RetryAt, state.AbandonAt)) };
    }

    static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    // Token 0 is nobody's: no run has begun.
    static bool IsStale(ExecutionState state, long token) => state.Status is not (ExecutionStatus.Waiting or ExecutionStatus.Running) || token == 0 || token != state.FencingToken;

    static Refusal Ended(ExecutionState state) => new(SchedulerErrorKind.Conflict, $"execution {state.Id} has ended: it is {JsonNamingPolicy.CamelCase.ConvertName(state.Status.ToString())} since {state.EndedAt:O}");

    static Decision<ExecutionState, ExecutionEffect> Ignored(ExecutionState state, string reason) => new(state) { IgnoredBecause = reason };
}
