using Scheduler.Executions;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Where a loss fails the execution, no code is begun that nobody could miss, nor begun again; and code that is lost again and again is not run for ever.</summary>
sealed class LossesAreSeen : Promise
{
    readonly Dictionary<string, HashSet<long>> begun = new(StringComparer.Ordinal);

    public override void CodeBegan(Call call)
    {
        if (!Store.Executions.TryGetValue(new(call.Execution), out var stored) || stored.State.Seed.Polls) return;
        var tokens = begun.TryGetValue(call.Execution, out var known) ? known : begun[call.Execution] = [];
        if (!tokens.Add(call.Token)) return;
        var state = stored.State;
        // The first run's loss may go unseen where the task says nothing of losses.
        var most = state.Attempt + state.Past.Count(past => past.Outcome == AttemptOutcome.Interrupted) + Simulation.Limits.Executions.LostRuns + 1;
        Expect(tokens.Count <= most, call.Execution, () => $"its code was begun {tokens.Count} times, expected at most {most}");
        if (state.Seed.OnNodeLost != NodeLossPolicy.Fail) return;
        Expect(state.HasEnded || (state.Status == ExecutionStatus.Running && state.FencingToken >= call.Token), call.Execution, () => $"its code begins, and the store says that it is {state.Status}: a loss would go unseen");
        var over = state.Past.Count(past => past.Outcome is AttemptOutcome.Failed or AttemptOutcome.Interrupted);
        Expect(tokens.Count <= over + 1, call.Execution, () => $"its code was begun {tokens.Count} times, {over} of them ended, and it fails where one is lost");
    }

    public override void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
    {
        var (state, limit) = (next.State, Simulation.Limits.Executions.LostRuns);
        Expect(state.Past.Count(past => past.Outcome == AttemptOutcome.Lost) <= state.Lost, state.Id.Value, () => $"it remembers more runs as lost than the {state.Lost} that it counted");
        Expect(state.Lost < limit || (state.Lost == limit && state.Status == ExecutionStatus.Failed), state.Id.Value, () => $"{state.Lost} of its runs were lost, the limit is {limit}, and it is {state.Status}");
    }

    /// <summary>A key that is used again after that makes an execution of the same id.</summary>
    public override void Purged(Stored<ExecutionState> gone) => begun.Remove(gone.State.Id.Value);

    public override void RolledBack() => begun.Clear();
}
