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
        (ShardStatus.Idle, ShardCommand.Start start) when start.Round == state.Round => Begin(Rejoin(state, start), start.Node),
        (_, ShardCommand.Start start) when start.Round == state.Round => Ignored(state, $"round {state.Round} has ended") with { Effects = [new ShardEffect.TellExecution(state.Execution)] },
        (ShardStatus.Paused, ShardCommand.Start) => Ignored(state, "it is paused"),
        (ShardStatus.Gone, ShardCommand.Start) => Ignored(state, "its table is gone"),
        (ShardStatus.Running, ShardCommand.Start start) => Begin(Enter(state, start), start.Node, stop: state.FencingToken),
        (_, ShardCommand.Start start) => Begin(Enter(state, start), start.Node),

        // A new activation knows of no run: it starts one, and the old run's token is dead.
        (ShardStatus.Running, ShardCommand.Activated activated) => Begin(state with { UpdatedAt = activated.Now }, activated.Node),
        (_, ShardCommand.Activated) => Ignored(state, "nothing outstanding"),

        (_, ShardCommand.Bounded bounded) when IsStale(state, bounded.Token) => Ignored(state, "report of an older run"),
        // Lost with a crash before the first checkpoint, the bound is taken anew: later, so it covers more, never less.
        (_, ShardCommand.Bounded bounded) => new(state with { Bounded = true, HighestKey = bounded.HighestKey, Before = bounded.Before, UpdatedAt = bounded.Now }) { Lazy = true },

        (_, ShardCommand.Reached reached) when IsStale(state, reached.Token) => Ignored(state, "report of an older run"),
        (_, ShardCommand.Reached { PageDone: false } reached) => new(Advance(state, reached)),
        (_, ShardCommand.Reached reached) => new(Advance(state, reached) with
        {
            Pages = state.Pages + reached.Pages,
            Attempt = 0,
            RetryAt = null,
            Error = null,
        }),

        (_, ShardCommand.PageFailed failed) when IsStale(state, failed.Token) => Ignored(state, "report of an older run"),
        (_, ShardCommand.PageFailed failed) when failed.Retryable && state.Attempt + 1 < failed.Policy.MaxAttempts => new(state with
        {
            Attempt = state.Attempt + 1,
            RetryAt = failed.Now + Longer(failed.Policy.WaitAfter(state.Attempt + 1, failed.Jitter), failed.Wait),
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
        (ShardStatus.Running, ShardCommand.Cancel cancel) => Stop(Enter(state, cancel.Round, cancel.Execution, null, cancel.Now), state.FencingToken, cancel.Now),
        (_, ShardCommand.Cancel cancel) when cancel.Round == state.Round => Ignored(state, $"round {state.Round} has ended") with { Effects = [new ShardEffect.TellExecution(state.Execution)] },
        (ShardStatus.Paused, ShardCommand.Cancel) => Ignored(state, "it is paused"),
        (ShardStatus.Gone, ShardCommand.Cancel) => Ignored(state, "its table is gone"),
        // Not begun: the round is over for it all the same, so that a start that comes late finds it so.
        (_, ShardCommand.Cancel cancel) => End(Enter(state, cancel.Round, cancel.Execution, null, cancel.Now), ShardStatus.Cancelled, cancel.Now),

        // The row stays as a tombstone, with its cursor and token, until the table is found again.
        (ShardStatus.Gone, ShardCommand.Found found) => new(state with { Status = ShardStatus.Idle, UpdatedAt = found.Now }),
        (_, ShardCommand.Found) => Ignored(state, "it is not gone"),
        (ShardStatus.Gone, ShardCommand.Missed) => Ignored(state, "it is gone"),
        (_, ShardCommand.Missed missed) when missed.Round < state.Round => Ignored(state, $"it was looked for in round {missed.Round}, and round {state.Round} has found it"),
        (ShardStatus.Running, ShardCommand.Missed missed) => Stop(state, state.FencingToken, missed.Now, ShardStatus.Gone),
        (ShardStatus.Paused, ShardCommand.Missed) => Ignored(state, "it is paused"),
        (_, ShardCommand.Missed missed) => new(state with { Status = ShardStatus.Gone, UpdatedAt = missed.Now }),

        (ShardStatus.Paused, ShardCommand.Pause) => Ignored(state, "it is paused"),
        (ShardStatus.Gone, ShardCommand.Pause or ShardCommand.Rewind) => Ignored(state, "its table is gone"),
        // A full pass that did not end has no handover.
        (ShardStatus.Running, ShardCommand.Pause pause) => Pause(state with { Before = state.Incremental ? state.Before : null }, ShardStatus.Idle, pause.Now) with
        {
            Effects = [new ShardEffect.StopRun(state.FencingToken), new ShardEffect.TellExecution(state.Execution)],
        },
        // It had been paused in its round before: nobody waits for it any more.
        (ShardStatus.Idle, ShardCommand.Pause pause) when !IsNew(state) => Pause(state, ShardStatus.Idle, pause.Now) with { Effects = [new ShardEffect.TellExecution(state.Execution)] },
        (_, ShardCommand.Pause pause) => Pause(state, state.Status, pause.Now),

        (ShardStatus.Paused, ShardCommand.Resume resume) => new(state with { Status = state.PausedFrom, PausedFrom = ShardStatus.None, UpdatedAt = resume.Now }),
        (_, ShardCommand.Resume) => Ignored(state, "it is not paused"),

        // Nothing of it is written: who is to run it finds it running, as where a node was lost. Told in vain, it is told again.
        (ShardStatus.Running, ShardCommand.Move move) when move.Node != state.Node => Ignored(state, "it is written where it goes on") with { Effects = [new ShardEffect.HandOver(state.FencingToken, move.Node)] },
        (_, ShardCommand.Move) => Ignored(state, state.Status == ShardStatus.Running ? "it is there" : "it does not run"),
        (_, ShardCommand.Woken) => Ignored(state, "nothing is due"),

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

    /// <summary>A round begins; one that retries another goes on with that one's pass.</summary>
    static ShardState Enter(ShardState state, ShardCommand.Start start)
    {
        var entered = Enter(state, start.Round, start.Execution, start.Mode, start.Now);
        return start.GoOn && state.RewindTo is null
            ? entered with { Cursor = state.Cursor, Incremental = state.Incremental, From = state.From, Before = state.Before, Bounded = state.Bounded, HighestKey = state.HighestKey }
            : entered;
    }

    static ShardState Enter(ShardState state, long round, ExecutionId execution, PollingMode? mode, DateTimeOffset now) => Passes.Begin(state, mode) with
    {
        Round = round,
        Execution = execution,
        Bounded = false,
        HighestKey = null,
        Rows = 0,
        Pages = 0,
        Attempt = 0,
        RetryAt = null,
        Error = null,
        StartedAt = now,
        UpdatedAt = now,
    };

    /// <summary>Goes on in the round that it was paused in.</summary>
    static ShardState Rejoin(ShardState state, ShardCommand.Start start) =>
        (state is { Bounded: true, RewindTo: null } ? state : Passes.Begin(state, start.Mode) with { Bounded = false, HighestKey = null }) with { UpdatedAt = start.Now };

    static Decision<ShardState, ShardEffect> Pause(ShardState state, ShardStatus from, DateTimeOffset now) =>
        new(state with { Status = ShardStatus.Paused, PausedFrom = from, RetryAt = null, UpdatedAt = now });

    static Decision<ShardState, ShardEffect> Begin(ShardState state, string node, long? stop = null)
    {
        var running = state with { Status = ShardStatus.Running, FencingToken = state.FencingToken + 1, Node = node };
        var run = new ShardEffect.Run(running.FencingToken);
        return stop is { } old ? new(running, new ShardEffect.StopRun(old), run) : new(running, run);
    }

    static Decision<ShardState, ShardEffect> End(ShardState state, ShardStatus outcome, DateTimeOffset now) =>
        new(state with { Status = outcome, RetryAt = null, Before = state.Incremental || outcome == ShardStatus.Completed ? state.Before : null, UpdatedAt = now }, new ShardEffect.TellExecution(state.Execution));

    static Decision<ShardState, ShardEffect> Stop(ShardState state, long token, DateTimeOffset now, ShardStatus outcome = ShardStatus.Cancelled)
    {
        var ended = End(state, outcome, now);
        return ended with { Effects = [new ShardEffect.StopRun(token), .. ended.Effects] };
    }

    static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>It has been in no round yet.</summary>
    static bool IsNew(ShardState state) => state.Execution == default;

    static bool IsStale(ShardState state, long token) => state.Status != ShardStatus.Running || token != state.FencingToken;

    static Decision<ShardState, ShardEffect> Ignored(ShardState state, string reason) => new(state) { IgnoredBecause = reason };
}
