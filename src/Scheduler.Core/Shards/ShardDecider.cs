using System.Diagnostics;
using Scheduler.Executions;

namespace Scheduler.Shards;

/// <summary>What a shard does about everything that can happen to it.</summary>
public static class ShardDecider
{
    /// <summary>A shard as it begins. Rounds up to <paramref name="after"/> are over for it: their executions have ended.</summary>
    public static ShardState Create(DateTimeOffset now, long taskId, string tenant, ShardName name, long after = 0) => new()
    {
        Key = ShardKey.Of(taskId, name.Database, name.Table),
        Tenant = tenant,
        Database = name.Database,
        Table = name.Table,
        Status = ShardStatus.Idle,
        Round = after,
        FencingToken = FencingTokens.Before(now),
        CreatedAt = now,
        UpdatedAt = now,
    };

    /// <summary>Decides. Pure: the same state and command give the same decision.</summary>
    public static Decision<ShardState, ShardEffect> Decide(ShardState state, ShardCommand command) => (state.Status, command) switch
    {
        (ShardStatus.None, _) => Ignored(state, "there is no such shard"),

        // A message may arrive twice, or after the round it belongs to: a round is started once.
        (ShardStatus.Idle, ShardCommand.Start start) when start.Round <= state.Round && IsNew(state) => Ignored(state, $"it was made after round {state.Round}"),
        (_, ShardCommand.Start start) when start.Round < state.Round => Ignored(state, $"round {start.Round} is before round {state.Round}"),
        (ShardStatus.Running, ShardCommand.Start start) when start.Round == state.Round => Ignored(state, $"round {state.Round} still runs"),
        // It was paused in this round and is not any more.
        (ShardStatus.Idle, ShardCommand.Start start) when start.Round == state.Round => Begin(Rejoin(state, start.Now), start.Node),
        (_, ShardCommand.Start start) when start.Round == state.Round => Ignored(state, $"round {state.Round} has ended") with { Effects = [new ShardEffect.TellExecution(state.Execution)] },
        // No round waits for it: it is there in it, paused.
        (ShardStatus.Paused, ShardCommand.Start start) => PassOver(state, start.Round, start.Execution, start.Now),
        (ShardStatus.Running, ShardCommand.Start start) => Begin(Enter(state, start), start.Node, stop: state.FencingToken),
        (_, ShardCommand.Start start) => Begin(Enter(state, start), start.Node),

        // A new activation knows of no run: it starts one, and the old run's token is dead.
        (ShardStatus.Running, ShardCommand.Activated activated) => Begin(state with { UpdatedAt = activated.Now }, activated.Node),
        (_, ShardCommand.Activated) => Ignored(state, "nothing outstanding"),

        (_, ShardCommand.Bounded bounded) when IsStale(state, bounded.Token) => Ignored(state, "report of an older run"),
        // Lost with a crash before the first checkpoint, the bound is taken anew: later, so it covers more, never less.
        (_, ShardCommand.Bounded bounded) => new(state with { Bounded = true, HighestKey = bounded.HighestKey, UpdatedAt = bounded.Now }) { Lazy = true },

        (_, ShardCommand.Reached reached) when IsStale(state, reached.Token) => Ignored(state, "report of an older run"),
        (_, ShardCommand.Reached { PageDone: false } reached) => new(Advance(state, reached)),
        (_, ShardCommand.Reached reached) => new(Advance(state, reached) with
        {
            Pages = state.Pages + 1,
            Attempt = 0,
            RetryAt = null,
            Error = null,
        }),

        (_, ShardCommand.PageFailed failed) when IsStale(state, failed.Token) => Ignored(state, "report of an older run"),
        (_, ShardCommand.PageFailed failed) when failed.Retryable && state.Attempt + 1 < failed.Policy.MaxAttempts => new(state with
        {
            Attempt = state.Attempt + 1,
            RetryAt = failed.Now + failed.Policy.WaitAfter(state.Attempt + 1, failed.Jitter),
            Error = failed.Error,
            UpdatedAt = failed.Now,
        }),
        (_, ShardCommand.PageFailed failed) => End(state with { Attempt = state.Attempt + 1, Error = failed.Error }, ShardStatus.Failed, failed.Now),

        (_, ShardCommand.Ended ended) when IsStale(state, ended.Token) => Ignored(state, "report of an older run"),
        (_, ShardCommand.Ended ended) => End(state, ShardStatus.Completed, ended.Now),

        (ShardStatus.Idle, ShardCommand.Cancel cancel) when cancel.Round <= state.Round && IsNew(state) => Ignored(state, $"it was made after round {state.Round}"),
        (_, ShardCommand.Cancel cancel) when cancel.Round < state.Round => Ignored(state, $"round {cancel.Round} is before round {state.Round}"),
        (ShardStatus.Idle, ShardCommand.Cancel cancel) when cancel.Round == state.Round => End(state, ShardStatus.Cancelled, cancel.Now),
        (ShardStatus.Running, ShardCommand.Cancel cancel) when cancel.Round == state.Round => Stop(state, state.FencingToken, cancel.Now),
        // What runs is an older round's: it ends, and none of its rows count for the new one.
        (ShardStatus.Running, ShardCommand.Cancel cancel) => Stop(Enter(state, new(cancel.Now, cancel.Round, cancel.Execution, state.Node ?? "")), state.FencingToken, cancel.Now),
        (_, ShardCommand.Cancel cancel) when cancel.Round == state.Round => Ignored(state, $"round {state.Round} has ended") with { Effects = [new ShardEffect.TellExecution(state.Execution)] },
        (ShardStatus.Paused, ShardCommand.Cancel cancel) => PassOver(state, cancel.Round, cancel.Execution, cancel.Now),
        // Not begun: the round is over for it all the same, so that a start that comes late finds it so.
        (_, ShardCommand.Cancel cancel) => End(EnterOnly(state, cancel.Round, cancel.Execution, cancel.Now), ShardStatus.Cancelled, cancel.Now),

        (ShardStatus.Paused, ShardCommand.Pause) => Ignored(state, "it is paused"),
        (ShardStatus.Running, ShardCommand.Pause pause) => Pause(state, ShardStatus.Idle, pause.Now) with
        {
            Effects = [new ShardEffect.StopRun(state.FencingToken), new ShardEffect.TellExecution(state.Execution)],
        },
        // Nobody waits for it any more where it had been paused in its round before.
        (ShardStatus.Idle, ShardCommand.Pause pause) when !IsNew(state) => Pause(state, ShardStatus.Idle, pause.Now) with { Effects = [new ShardEffect.TellExecution(state.Execution)] },
        (_, ShardCommand.Pause pause) => Pause(state, state.Status, pause.Now),

        (ShardStatus.Paused, ShardCommand.Resume resume) => new(state with { Status = state.PausedFrom, PausedFrom = ShardStatus.None, UpdatedAt = resume.Now }),
        (_, ShardCommand.Resume) => Ignored(state, "it is not paused"),

        // A round that began meanwhile goes on: the one after it begins at that place.
        (_, ShardCommand.Rewind rewind) => new(state with { RewindEpoch = state.RewindEpoch + 1, RewindTo = rewind.To, UpdatedAt = rewind.Now }),

        _ => throw new UnreachableException($"expected a command that a shard knows, got {command.GetType().Name}"),
    };

    static ShardState Advance(ShardState state, ShardCommand.Reached reached) => state with
    {
        Cursor = reached.Cursor,
        DeadLetters = reached.DeadLetters,
        Rows = state.Rows + reached.Rows,
        TotalRows = state.TotalRows + reached.Rows,
        UpdatedAt = reached.Now,
    };

    static ShardState Enter(ShardState state, ShardCommand.Start start)
    {
        var goOn = start.GoOn && state.RewindTo is null;
        return state with
        {
            Round = start.Round,
            Execution = start.Execution,
            Cursor = goOn ? state.Cursor : state.RewindTo ?? Cursor.Start,
            RewindTo = null,
            Bounded = goOn && state.Bounded,
            HighestKey = goOn ? state.HighestKey : null,
            Rows = 0,
            Pages = 0,
            Attempt = 0,
            RetryAt = null,
            Error = null,
            StartedAt = start.Now,
            UpdatedAt = start.Now,
        };
    }

    /// <summary>The round it was in before has ended for it: what somebody wants of the next round still stands.</summary>
    static ShardState EnterOnly(ShardState state, long round, ExecutionId execution, DateTimeOffset now) =>
        Enter(state, new(now, round, execution, state.Node ?? "")) with { RewindTo = state.RewindTo };

    static Decision<ShardState, ShardEffect> PassOver(ShardState state, long round, ExecutionId execution, DateTimeOffset now) =>
        new(EnterOnly(state, round, execution, now) with { PausedFrom = ShardStatus.Idle }, new ShardEffect.TellExecution(execution));

    /// <summary>Goes on in the round that it was paused in.</summary>
    static ShardState Rejoin(ShardState state, DateTimeOffset now) => state.RewindTo is { } to
        ? state with { Cursor = to, RewindTo = null, Bounded = false, HighestKey = null, UpdatedAt = now }
        : state with { UpdatedAt = now };

    static Decision<ShardState, ShardEffect> Pause(ShardState state, ShardStatus from, DateTimeOffset now) =>
        new(state with { Status = ShardStatus.Paused, PausedFrom = from, RetryAt = null, UpdatedAt = now });

    static Decision<ShardState, ShardEffect> Begin(ShardState state, string node, long? stop = null)
    {
        var running = state with { Status = ShardStatus.Running, FencingToken = state.FencingToken + 1, Node = node };
        var run = new ShardEffect.Run(running.FencingToken);
        return stop is { } old ? new(running, new ShardEffect.StopRun(old), run) : new(running, run);
    }

    static Decision<ShardState, ShardEffect> End(ShardState state, ShardStatus outcome, DateTimeOffset now) =>
        new(state with { Status = outcome, RetryAt = null, UpdatedAt = now }, new ShardEffect.TellExecution(state.Execution));

    static Decision<ShardState, ShardEffect> Stop(ShardState state, long token, DateTimeOffset now)
    {
        var ended = End(state, ShardStatus.Cancelled, now);
        return ended with { Effects = [new ShardEffect.StopRun(token), .. ended.Effects] };
    }

    /// <summary>It has been in no round yet.</summary>
    static bool IsNew(ShardState state) => state.Execution == default;

    static bool IsStale(ShardState state, long token) => state.Status != ShardStatus.Running || token != state.FencingToken;

    static Decision<ShardState, ShardEffect> Ignored(ShardState state, string reason) => new(state) { IgnoredBecause = reason };
}
