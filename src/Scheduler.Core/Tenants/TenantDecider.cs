using System.Diagnostics;
using Scheduler.Executions;

namespace Scheduler.Tenants;

/// <summary>The bounds that a tenant's decisions know.</summary>
public sealed record TenantLimits
{
    /// <summary>Executions that a tenant may have at once, waiting in line; who comes later asks again after a while.</summary>
    public int Waiting { get; init; } = 1000;

    /// <summary>Later arrivals that one step of priority lets pass; more never overtake, so that nobody starves.</summary>
    public int Overtake { get; init; } = 64;

    /// <summary>While others wait: how often an execution that may run is asked whether it has ended without being heard.</summary>
    public TimeSpan AskAfter { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// What a tenant does about everything that can happen to it. It is where executions of several tasks meet: it counts those of a key, and all of
/// the tenant where that has a limit, and lets the next one in when another has left. It wants no wakes: whoever waits asks again.
/// </summary>
public static class TenantDecider
{
    /// <summary>Decides. Pure: the same state and command give the same decision.</summary>
    public static Decision<TenantState, TenantEffect> Decide(TenantState state, TenantCommand command, TenantLimits limits) => command switch
    {
        TenantCommand.Activated => Ignored(state, "whoever waits asks again"),

        TenantCommand.Pause when state.Status == TenantStatus.Paused => Ignored(state, "it is paused"),
        TenantCommand.Pause pause => new(state with { PausedAt = pause.Now }),
        TenantCommand.Resume when state.Status == TenantStatus.Open => Ignored(state, "it is not paused"),
        TenantCommand.Resume => new(state with { PausedAt = null }),

        TenantCommand.SetLimit set when set.Limit == state.Limit => Ignored(state, "that is its limit"),
        TenantCommand.SetLimit set => LetIn(state with { Limit = set.Limit }, set.Now),

        // It has not heard that it may, or is asked whether it still does.
        TenantCommand.Ask ask when state.Running.Any(each => each.Execution == ask.Execution) => Ignored(state, "it may run") with { Effects = [new TenantEffect.Admit(ask.Execution)] },
        TenantCommand.Ask ask when state.Waiting.Any(each => each.Execution == ask.Execution) => LookAround(state, ask.Now, limits, "it is in line"),
        TenantCommand.Ask ask when HasRoom(state, ask.Key, ask.KeyLimit) =>
            new(state with { Running = state.Running.Add(new(ask.Execution, ask.Key, ask.Now, ask.Now)) }, new TenantEffect.Admit(ask.Execution)),
        TenantCommand.Ask ask when state.Waiting.Length >= limits.Waiting => LookAround(state, ask.Now, limits, $"{state.Waiting.Length} executions are in line, which is the limit: it asks again"),
        TenantCommand.Ask ask => LookAround(state with
        {
            Waiting = state.Waiting.Add(new(ask.Execution, ask.Key, ask.KeyLimit, state.Arrivals - (long)ask.Priority * limits.Overtake)),
            Arrivals = state.Arrivals + 1,
        }, ask.Now, limits, ""),

        TenantCommand.Leave leave when !state.Running.Any(each => each.Execution == leave.Execution) && !state.Waiting.Any(each => each.Execution == leave.Execution) =>
            Ignored(state, $"execution {leave.Execution} neither runs nor waits"),
        TenantCommand.Leave leave => LetIn(state with
        {
            Running = state.Running.RemoveAll(each => each.Execution == leave.Execution),
            Waiting = state.Waiting.RemoveAll(each => each.Execution == leave.Execution),
        }, leave.Now),

        _ => throw new UnreachableException($"expected a command that a tenant knows, got {command.GetType().Name}"),
    };

    /// <summary>Whether one more execution may run.</summary>
    public static bool HasRoom(TenantState state, string? key, int? keyLimit) =>
        !(state.Running.Length >= state.Limit) && (key is null || state.CountOf(key) < keyLimit);

    /// <summary>Those who wait and may run do, in the order of the line. One whose key has no room holds nobody up who works on another.</summary>
    static Decision<TenantState, TenantEffect> LetIn(TenantState state, DateTimeOffset now)
    {
        List<TenantEffect> effects = [];
        foreach (var next in state.Line.ToArray())
        {
            if (!HasRoom(state, next.Key, next.KeyLimit)) continue;
            state = state with { Running = state.Running.Add(new(next.Execution, next.Key, now, now)), Waiting = state.Waiting.Remove(next) };
            effects.Add(new TenantEffect.Admit(next.Execution));
        }
        return new(state, effects);
    }

    /// <summary>Somebody waits: those who may run and have not been heard of for a while are asked whether they have ended.</summary>
    static Decision<TenantState, TenantEffect> LookAround(TenantState state, DateTimeOffset now, TenantLimits limits, string otherwise)
    {
        var asked = state.Running.Where(each => each.AskedAt + limits.AskAfter <= now).Select(each => each.Execution).ToHashSet();
        if (asked.Count == 0) return otherwise.Length == 0 ? new(state) : Ignored(state, otherwise);
        return new(state with { Running = [.. state.Running.Select(each => asked.Contains(each.Execution) ? each with { AskedAt = now } : each)] },
            [.. asked.Select(execution => new TenantEffect.Admit(execution))]) { Lazy = otherwise.Length > 0 };
    }

    static Decision<TenantState, TenantEffect> Ignored(TenantState state, string reason) => new(state) { IgnoredBecause = reason };
}
