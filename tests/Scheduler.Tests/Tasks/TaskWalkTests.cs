using System.Collections.Immutable;
using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Schedules;
using Scheduler.Tasks;
using static Scheduler.Tests.Tasks.TaskSamples;

namespace Scheduler.Tests.Tasks;

/// <summary>Every command in every state: what always holds.</summary>
public class TaskWalkTests
{
    static object?[] Values(Type type, string name) => name switch
    {
        "Now" => [Noon.AddMinutes(-10), Noon, Noon.AddSeconds(6), Noon.AddHours(3.5)],
        "Tenant" => ["default"],
        "Definition" => [Hourly, Orders, Hourly with { Schedule = null }, Hourly with { Schedule = new() { At = Noon.AddHours(-2) } }, Hourly with { Schedule = new() { Every = TimeSpan.FromSeconds(1) } }, Hourly with { Name = "other" }, Hourly with { Schedule = new() { Delay = TimeSpan.FromMinutes(5), Calendars = ["noons"] } },
            Hourly with { Schedule = new() { Every = TimeSpan.FromMinutes(7), Jitter = TimeSpan.FromMinutes(6), Calendars = ["noons"], Misfire = MisfirePolicy.CatchUp, CatchUp = 2 } }],
        "IfRevision" => [null, 2L, 3L],
        "Execution" => [.. Crowded.Open.Select(open => (object)open.Seed.Id), new ExecutionId("another")],
        "Mode" => [DeleteMode.Kill, DeleteMode.Wait],
        "By" => [null, "ann"],
        "Of" => [Seed(19, Noon.AddHours(-2))],
        "Database" => ["d0", "d1"],
        "Known" => [ImmutableArray<TaskCalendar>.Empty, ImmutableArray.Create(new TaskCalendar(2, Noons)), ImmutableArray.Create(new TaskCalendar(1, Noons with { Dates = ["2026-03-04"] }))],
        "AreAll" => [true, false],
        "Parameters" => [null, JsonSerializer.SerializeToElement(1)],
        "Status" => [.. Enum.GetValues<ExecutionStatus>().Cast<object>()],
        _ => throw new InvalidOperationException($"expected sample values for every parameter, got none for {type.Name} {name}"),
    };

    [Fact]
    public void Whatever_comes_in_whatever_state_the_promises_hold()
    {
        Assert.Equal(Enum.GetValues<ScheduledTaskStatus>(), All.Select(state => state.Status).Distinct().Order());
        foreach (var state in All)
            foreach (var command in Commands.All<TaskCommand>(Values))
                Holds(state, command);
    }

    [Fact]
    public void However_it_has_lived_the_promises_hold()
    {
        TaskDefinition[] definitions = [.. Enum.GetValues<OverlapPolicy>().Select(overlap => Hourly with { Overlap = overlap, Schedule = new() { Cron = "*/15 * * * * ?" } }),
            Narrow.Definition with { Schedule = new() { Cron = "*/15 * * * * ?" } }];
        var commands = Commands.All<TaskCommand>((type, name) => name switch
        {
            "Definition" => [.. definitions, Hourly with { Schedule = new() { At = Noon.AddMinutes(3) } }, Hourly with { Schedule = new() { Delay = TimeSpan.FromSeconds(20), Calendars = ["noons"] } }, Hourly with { Schedule = new() { Cron = "*/15 * * * * ?", Jitter = TimeSpan.FromSeconds(40), Calendars = ["noons"] } }],
            "IfRevision" => [null],
            _ => Values(type, name),
        }).Where(command => command is not TaskCommand.Delete).ToArray();
        // The ends of what is open, in place of those of what never was; wakes as often as all else.
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            Commands.Live(seed, TaskDecider.Decide(Absent, new TaskCommand.Create(Noon, "default", definitions[seed % definitions.Length]), Limits).State, Noon, commands,
                (command, now) => random.Next(3) == 0 ? new TaskCommand.Woken(now) : command with { Now = now },
                (state, command) =>
                {
                    if (command is TaskCommand.ExecutionHeard heard && !state.Open.IsEmpty) command = heard with { Execution = state.Open[random.Next(state.Open.Length)].Seed.Id };
                    Holds(state, command);
                    return TaskDecider.Decide(state, command, Limits).State;
                });
        }
    }

    static void Holds(TaskState before, TaskCommand command)
    {
        var decision = TaskDecider.Decide(before, command, Limits);
        var (after, effects) = (decision.State, decision.Effects);
        void That(bool holds, string promise)
        {
            if (!holds) Assert.Fail($"{promise}: {before} [{string.Join(", ", before.Open)}] × {command} → {after} [{string.Join(", ", after.Open)}] with {string.Join(", ", effects)}");
        }

        var isLeft = decision.IgnoredBecause is not null || decision.Refused is not null;
        That(decision.IgnoredBecause is null or { Length: > 0 } && decision.Refused is null or { Message.Length: > 0 }, "what is ignored or refused has a reason");
        That(ReferenceEquals(before, after) == isLeft, "just what is ignored or refused leaves the state as it is");
        That(!isLeft || effects.Count == 0, "nothing follows from what is ignored or refused");
        That(decision.Refused is null || command is TaskCommand.Change or TaskCommand.Pause or TaskCommand.Resume or TaskCommand.Delete or TaskCommand.Trigger
            or TaskCommand.Retry or TaskCommand.Quarantine or TaskCommand.Release, "only people are refused");

        That(after.Id == before.Id, "the incarnation stays");
        That(before.Status == ScheduledTaskStatus.None || after.CreatedAt == before.CreatedAt, "when it was created stays");
        That(after.Status == before.Status || command is TaskCommand.Create or TaskCommand.Pause or TaskCommand.Resume or TaskCommand.Delete, "only people change its status");
        That(before.Status != ScheduledTaskStatus.Deleted || (after.Status, after.NextAt, after.Sequence, after.Revision) == (before.Status, null, before.Sequence, before.Revision), "what is deleted stays so and opens nothing");
        That(after.Revision >= before.Revision && after.Sequence >= before.Sequence && after.UpdatedAt >= before.UpdatedAt, "revision and sequence only grow");
        That(before.Watermark is null || after.Watermark >= before.Watermark, "the watermark only grows");
        That(after.NextAt is null || after.Watermark is null || after.Status != ScheduledTaskStatus.Enabled || after.NextAt > after.Watermark, "none is due at or below the watermark");

        That(after.NextAt is null || after.Definition.Schedule?.Delay is null || after.Open.All(open => open.Seed.SkippedBecause is not null), "of a delay nothing is due while an execution is open");
        That(after.Definition.Schedule?.Delay is null || after.Status == ScheduledTaskStatus.Deleted || after.NextAt is not null || after.Open.Any(open => open.Seed.SkippedBecause is null), "a delay never stops");
        That(after.NextAt is not { } next || ReferenceEquals(before, after) || Exclusions.Of(after.Calendars).By(next) is null, "nothing is due that a calendar excludes");
        That(after.Calendars.All(known => before.Calendars.All(old => old.Name != known.Name || old.Revision <= known.Revision) || command is TaskCommand.Change), "a calendar only becomes newer");

        That(after.Status != ScheduledTaskStatus.Deleted || after.AskCalendarsAt is null || before.Status == ScheduledTaskStatus.Deleted, "what is deleted asks after no calendar");

        var opened = after.Open.Where(open => before.Open.All(known => known.Seed.Id != open.Seed.Id)).ToArray();
        That(after.Sequence - before.Sequence == opened.Length, "each execution has a number of its own");
        That(after.Open.Select(open => open.Seed.Id).Distinct().Count() == after.Open.Length, "an execution is open once");
        That(after.Open.Select(open => open.Seed.Sequence).SequenceEqual(after.Open.Select(open => open.Seed.Sequence).Order()) && after.Open.All(open => open.Seed.Sequence <= after.Sequence), "those that are open are in order");
        That(after.Open.Count(open => open.Seed.SkippedBecause is null) <= Limits.OpenExecutions, "those that are open are bounded");
        var width = after.Definition.Overlap != OverlapPolicy.Allow ? 1 : after.Definition.Concurrency?.PerTask ?? int.MaxValue;
        That(Going(after) <= Math.Max(width, Going(before)), "as many go at a time as may");
        That(Going(after) >= width || after.Open.All(open => open.Go || open.CancelBecause is not null) || command is not (TaskCommand.ExecutionHeard or TaskCommand.Change) || isLeft || decision.Lazy && before.Open.Length == after.Open.Length, "nobody waits who may go");
        That(after.Open.All(open => open.Seed.SkippedBecause is null || open.Go), "a record waits for nothing");
        That(opened.All(open => effects.Contains(new TaskEffect.TellExecution(open.Seed, open.Go, open.DecidedAt))), "who is opened is told");
        That(effects.OfType<TaskEffect.TellExecution>().All(tell => after.Open.Any(open => ReferenceEquals(open.Seed, tell.Seed) && open.Go == tell.Go)), "who is told is open, and told how it stands");
        That(before.Open.All(open => after.Open.Any(still => ReferenceEquals(still.Seed, open.Seed)) || command is TaskCommand.ExecutionHeard heard && heard.Execution == open.Seed.Id), "only its end closes an execution");
        That(before.Open.All(open => after.Open.All(still => still.Seed.Id != open.Seed.Id || ((still.Go || !open.Go) && (still.CancelBecause is not null || open.CancelBecause is null)))), "who may go, or is to stop, stays so");
        That(after.Open.IsEmpty || after.WakeAt is not null, "who is open is asked after");
        That(command is not (TaskCommand.Woken or TaskCommand.Activated) || after.WakeAt is null || after.WakeAt > command.Now, "a wake does what is due: it is not woken again at once");
        That(!decision.Lazy || effects.Count == 0, "nothing is said before it is durable");
        That(after.Quarantined.SequenceEqual(before.Quarantined) || command is TaskCommand.Quarantine or TaskCommand.Release, "only people put a database into quarantine");
        That(after.Quarantined.Select(each => each.Database).Distinct().Count() == after.Quarantined.Length, "a database is in quarantine once");
        That(after.Status == ScheduledTaskStatus.None || before.Status != ScheduledTaskStatus.None || command is TaskCommand.Create, "only Create makes it");
    }

    static int Going(TaskState state) => state.Open.Count(open => open.Go && open.Seed.SkippedBecause is null);
}
