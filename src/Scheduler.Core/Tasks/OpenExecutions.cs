using System.Collections.Immutable;
using System.Text.Json;
using Scheduler.Executions;

namespace Scheduler.Tasks;

/// <summary>The executions that a task has decided on and not heard the end of: which of them may go, and what they are told until they answer.</summary>
static class OpenExecutions
{
    /// <summary>Decides on one more execution: it runs, waits for its turn, or is skipped.</summary>
    public static TaskState Add(TaskState state, ExecutionId id, TriggerKind kind, string? by, DateTimeOffset scheduledAt, JsonElement? parameters,
        string? skip, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects, ExecutionSeed? retried = null, DateTimeOffset? missedSince = null, string? key = null, DateTimeOffset? notBefore = null, TriggerParts? brought = null)
    {
        var definition = state.Definition;
        var open = state.Open.Where(each => each.Seed.SkippedBecause is null).ToArray();
        var go = true;
        if (skip is null && open.Length > 0)
        {
            if (open.Length >= limits.OpenExecutions)
                skip = $"{open.Length} executions of the task are open, which is the limit";
            else if (definition.Overlap == OverlapPolicy.Skip)
                skip = $"execution {open[^1].Seed.Id} is still open, and the overlap policy is skip";
            else
                go = definition.Overlap == OverlapPolicy.Allow && Going(state) < Width(definition) && open.All(each => each.Go || each.CancelBecause is not null);
            if (skip is null && definition.Overlap == OverlapPolicy.CancelPrevious)
                state = Cancel(state, _ => true, $"execution {id} takes its place", now, limits, effects);
        }

        var seed = new ExecutionSeed(id, state.Id, state.Tenant, definition.Name, definition.Handler.Kind, state.Sequence + 1, kind, by, scheduledAt)
        {
            Timeout = definition.Timeout,
            Retry = definition.Retry ?? RetryPolicy.Default,
            Priority = definition.Priority,
            OnNodeLost = definition.OnNodeLost,
            ConcurrencyKey = definition.Concurrency?.Limit is null ? null : key ?? definition.Concurrency.Key,
            KeyLimit = (key ?? definition.Concurrency?.Key) is null ? null : definition.Concurrency?.Limit,
            Parameters = parameters ?? definition.Parameters,
            Brought = brought,
            RetryOf = retried?.Id,
            RetriedRound = retried?.Sequence,
            SkippedBecause = skip,
            MissedSince = missedSince,
            NotBefore = notBefore,
        };
        effects.Add(new TaskEffect.TellExecution(seed, go, now));
        var opened = state with { Sequence = seed.Sequence, Open = state.Open.Add(new(seed, go, now, now + limits.AskAfter, 0)) };
        return skip is null ? Due.Opened(opened) : opened;
    }

    /// <summary>Tells some of them to stop, again and again until they have.</summary>
    public static TaskState Cancel(TaskState state, Func<OpenExecution, bool> which, string reason, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        effects.AddRange(state.Open.Where(which).Select(open => new TaskEffect.CancelExecution(open.Seed.Id, reason)));
        return state with { Open = [.. state.Open.Select(open => which(open) ? open with { CancelBecause = reason, Asked = 0, AskAt = now + limits.AskAfter } : open)] };
    }

    /// <summary>
    /// What was told a moment ago and may have begun unwritten is to be told again at once: the process that it was told in may be gone, and the run with it,
    /// and stand in the way of the next occurrences.
    /// </summary>
    public static TaskState AskNow(TaskState state, DateTimeOffset now, TaskLimits limits)
    {
        return state.Open.Any(MayBeLost) ? state with { Open = [.. state.Open.Select(open => MayBeLost(open) ? open with { AskAt = now } : open)] } : state;

        bool MayBeLost(OpenExecution open) => open is { CancelBecause: null, Seed: { MayBeginUnwritten: true, SkippedBecause: null } } && open.IsJustTold(limits) && open.AskAt > now;
    }

    /// <summary>Says again what was not answered in time.</summary>
    public static TaskState AskAgain(TaskState state, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        if (state.Open.All(open => open.AskAt > now)) return state;
        var open = state.Open.ToBuilder();
        for (var i = 0; i < open.Count; i++)
        {
            if (open[i].AskAt > now) continue;
            effects.Add(new TaskEffect.TellExecution(open[i].Seed, open[i].Go, open[i].DecidedAt));
            if (open[i].CancelBecause is { } reason) effects.Add(new TaskEffect.CancelExecution(open[i].Seed.Id, reason));
            var asked = open[i].Asked + 1;
            var wait = limits.AskAfter * Math.Pow(2, Math.Min(asked, 20));
            open[i] = open[i] with { Asked = asked, AskAt = now + (wait < limits.AskAtMost ? wait : limits.AskAtMost) };
        }
        return state with { Open = open.ToImmutable() };
    }

    /// <summary>One of them says how it stands; one that has ended makes way.</summary>
    public static Decision<TaskState, TaskEffect> Heard(TaskState state, TaskCommand.ExecutionHeard heard, TaskLimits limits)
    {
        var index = state.Open.ToList().FindIndex(open => open.Seed.Id == heard.Execution);
        if (index < 0) return new(state) { IgnoredBecause = $"execution {heard.Execution} is not open" };
        if (!HasEnded(heard.Status))
        {
            var wait = state.Open[index].CancelBecause is null ? limits.AskAtMost : limits.AskAfter;
            return new(state with { Open = state.Open.SetItem(index, state.Open[index] with { Asked = 0, AskAt = heard.Now + wait }) }) { Lazy = true };
        }

        // Lost with a crash, it is asked after and heard again.
        List<TaskEffect> effects = [];
        var rest = state with { Open = state.Open.RemoveAt(index) };
        if (state.Open[index].Seed.SkippedBecause is null) rest = Due.Ended(rest, heard.EndedAt ?? heard.Now, heard.Now);
        rest = LetGo(rest, heard.Now, limits, effects);
        // A delay's next occurrence is for people to see; and what nothing follows soon would only be held in memory meanwhile.
        return new(rest, effects) { Lazy = effects.Count == 0 && rest.NextAt == state.NextAt && (!rest.Open.IsEmpty || rest.WakeAt - heard.Now <= limits.JoinsWithin) };
    }

    /// <summary>The next in line go, as many as may.</summary>
    public static TaskState LetGo(TaskState state, DateTimeOffset now, TaskLimits limits, List<TaskEffect> effects)
    {
        for (var going = Going(state); going < Width(state.Definition); going++)
        {
            var next = state.Open.ToList().FindIndex(open => !open.Go && open.CancelBecause is null);
            if (next < 0) break;
            var gone = state.Open[next] with { Go = true, Asked = 0, AskAt = now + limits.AskAfter };
            effects.Add(new TaskEffect.TellExecution(gone.Seed, true, gone.DecidedAt));
            state = state with { Open = state.Open.SetItem(next, gone) };
        }
        return state;
    }

    static int Going(TaskState state) => state.Open.Count(open => open.Go && open.Seed.SkippedBecause is null);

    /// <summary>How many executions may run at once.</summary>
    static int Width(TaskDefinition definition) => definition.Overlap != OverlapPolicy.Allow ? 1 : definition.Concurrency?.PerTask ?? int.MaxValue;

    static bool HasEnded(ExecutionStatus status) => status is ExecutionStatus.Succeeded or ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Cancelled or ExecutionStatus.Skipped;
}
