namespace Scheduler.Executions;

/// <summary>The runs of an execution's code: how one begins, and what becomes of it where one is over or lost.</summary>
static class Runs
{
    /// <summary>The next attempt: of code a run, of a round its shards.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Begin(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        var attempt = state.Attempt + 1;
        return state.Seed.Polls
            ? new(WakeTime.Renewed(state with { Attempt = attempt, RetryAt = null, Status = ExecutionStatus.Running, StartedAt = state.StartedAt ?? now, WakeAt = now + limits.SuperviseEvery }),
                new ExecutionEffect.StartShards(state.Seed.Sequence))
            : Start(state, attempt);
    }

    /// <summary>The code runs under a new token, as soon as there is a slot.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Start(ExecutionState state, int attempt)
    {
        var next = WakeTime.Renewed(state with { Attempt = attempt, RetryAt = null, Status = ExecutionStatus.Waiting, FencingToken = state.FencingToken + 1 });
        return new(next, new ExecutionEffect.Run(next.FencingToken, attempt));
    }

    /// <summary>Nobody will ever hear of the run: its process ended in the middle of it, or was cut off from the database and cancelled it.</summary>
    public static Decision<ExecutionState, ExecutionEffect> Lost(ExecutionState state, DateTimeOffset now, ExecutionLimits limits)
    {
        var error = $"its run was lost with node {state.Node}, which ended or could not reach the database";
        var lost = Over(state, AttemptOutcome.Lost, now, error, limits) with { Lost = state.Lost + 1, Interrupted = true };
        if (state.Seed.OnNodeLost == NodeLossPolicy.Fail)
            return Endings.End(lost with { Error = $"{error}; onNodeLost is fail" }, ExecutionStatus.Failed, now);
        if (lost.Lost >= limits.LostRuns)
            return Endings.End(lost with { Error = $"{error}, as were {lost.Lost} runs of it in all: its own code may be what ends them" }, ExecutionStatus.Failed, now);
        return Start(lost, lost.Attempt);
    }

    /// <summary>The state with its present run among those that are over.</summary>
    public static ExecutionState Over(ExecutionState state, AttemptOutcome outcome, DateTimeOffset now, string? error, ExecutionLimits limits)
    {
        if (state.Seed.Polls) return state;
        var past = state.Past.Add(new(state.Attempt, state.Node, state.RunStartedAt ?? state.StartedAt, now, outcome, error));
        return state with { Past = past.Length <= limits.PastAttempts ? past : past[^limits.PastAttempts..], RunStartedAt = null };
    }
}
