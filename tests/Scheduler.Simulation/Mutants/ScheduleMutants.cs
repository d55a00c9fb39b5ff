using Scheduler.Executions;
using Scheduler.Schedules;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Rules of schedules that somebody might forget.</summary>
static class ScheduleMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        Mutant.OfTask("delay-from-start", "counts a delay from when the occurrence was due", 600, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.ExecutionHeard
            && decision.State is { Definition.Schedule.Delay: { } delay, NextAt: { } next } && state.NextAt is null && state.Watermark is { } mark && mark + delay < next
            ? decision with { State = decision.State with { NextAt = mark + delay } } : decision),
        Mutant.OfTask("delay-stuck", "does not count a delay after an end", 600, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.ExecutionHeard
            && state.NextAt is null && decision.State is { Definition.Schedule.Delay: not null, NextAt: not null } ? decision with { State = decision.State with { NextAt = null } } : decision),
        Mutant.OfTask("calendar-unheard", "goes by a calendar as it once was", 600, (state, command, shipped) => command is TaskCommand.CalendarsHeard && shipped(state, command).State is var heard && heard.Calendars != state.Calendars
            ? new(state with { AskCalendarsAt = null }) : shipped(state, command)),
        Mutant.OfTask("calendar-too-late", "keeps an occurrence that a calendar excludes by now", 600, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.CalendarsHeard
            && decision.State.NextAt != state.NextAt && state.NextAt is not null ? decision with { State = decision.State with { NextAt = state.NextAt } } : decision),
        Mutant.OfTask("no-jitter", "starts an occurrence at its instant", 600, (state, command, shipped) => state.Definition.Schedule is { Jitter: not null } schedule && command is TaskCommand.Woken or TaskCommand.Activated && state.NextAt <= command.Now
            && shipped(state with { Definition = state.Definition with { Schedule = state.Definition.Schedule! with { Jitter = null } } }, command) is var bare && bare.IgnoredBecause is null
            ? bare with { State = bare.State with { Definition = state.Definition } } : shipped(state, command)),
        Mutant.OfTask("occurrence-lost", "goes over an occurrence", 300, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.Woken && decision.State.Watermark != state.Watermark
            && decision.State is { NextAt: { } next, Definition.Schedule: { Delay: null } schedule } ? decision with { State = decision.State with { NextAt = Schedule.Next(schedule, state.CreatedAt, next, Exclusions.Of(state.Calendars)) } } : decision),
        Mutant.OfTask("dropped-unseen", "leaves no record of occurrences that it drops", 300, (state, command, shipped) => shipped(state, command) is var decision && decision.State.Open.Any(open => open.Seed.MissedSince is not null && open.Seed.Sequence > state.Sequence)
            ? decision with { State = decision.State with { Open = [.. decision.State.Open.Select(open => open with { Seed = open.Seed with { MissedSince = null } })] } } : decision),
        Mutant.OfTask("late-lost", "drops what is late and makes no record", 300, (state, command, shipped) => shipped(state, command) is var decision && command is TaskCommand.Woken or TaskCommand.Activated && state.NextAt < command.Now - TimeSpan.FromSeconds(1)
            && decision.State.Watermark != state.Watermark && state.Definition.Schedule is { Delay: null }
            ? new(state with { Watermark = decision.State.Watermark, NextAt = decision.State.NextAt }) : decision),
        Misfires("missed-each", "fires each of what was missed under fireOnce", 600, schedule => schedule.Misfire == MisfirePolicy.FireOnce ? schedule with { Misfire = MisfirePolicy.CatchUp } : schedule),
        Misfires("missed-run", "makes up for what was missed under skip", 300, schedule => schedule.Misfire == MisfirePolicy.Skip ? schedule with { Misfire = MisfirePolicy.CatchUp } : schedule),
        Misfires("missed-all", "makes up for more than the schedule says", 600, schedule => schedule with { CatchUp = null }),
        Mutant.OfTask("previous-goes-on", "does not cancel the previous one", 300, (state, command, shipped) => shipped(state, command) is var decision && state.Definition.Overlap == OverlapPolicy.CancelPrevious && command is TaskCommand.Woken or TaskCommand.Activated or TaskCommand.Trigger
            ? decision with { State = decision.State with { Open = [.. decision.State.Open.Select(open => state.Open.Any(each => each.Seed.Id == open.Seed.Id && each.CancelBecause is null) ? open with { CancelBecause = null } : open)] },
                Effects = [.. decision.Effects.Where(effect => effect is not TaskEffect.CancelExecution)] } : decision),
        Mutant.OfExecution("begins-early", "begins what was fired ahead at once", 300, (state, command, shipped) => command is ExecutionCommand.Create { Seed: var seed } create && seed.BeginsAt > command.Now
            ? shipped(state, create with { Seed = seed with { ScheduledAt = command.Now.AddSeconds(-1), NotBefore = null } }) : shipped(state, command)),
        Mutant.OfTask("pause-lets-ahead", "leaves what was fired ahead as it is where it is paused", 3000, (state, command, shipped) => command is TaskCommand.Pause && shipped(state, command) is { IgnoredBecause: null } paused
            ? new(paused.State with { Open = state.Open }) : shipped(state, command)),
    ];

    /// <summary>Decides what is due by another schedule than the task's.</summary>
    static Mutant Misfires(string name, string breaks, int seeds, Func<ScheduleDefinition, ScheduleDefinition> change) => Mutant.OfTask(name, breaks, seeds, (state, command, shipped) =>
        command is TaskCommand.Woken or TaskCommand.Activated && state.Definition.Schedule is { Delay: null } schedule
        && shipped(state with { Definition = state.Definition with { Schedule = change(schedule) } }, command) is { IgnoredBecause: null } decision
            ? decision with { State = decision.State with { Definition = state.Definition } } : shipped(state, command));
}
