using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Tenants;
using static Scheduler.Tests.Executions.ExecutionSamples;

namespace Scheduler.Tests.Executions;

/// <summary>Every command in every state: what always holds.</summary>
public class ExecutionWalkTests
{
    static object?[] Values(Type type, string name) => name switch
    {
        "Now" => [Noon, Noon.AddSeconds(6), Noon.AddHours(3)],
        "SaidAt" => [Noon.AddSeconds(-1)],
        "Seed" => [CodeSeed, PollingSeed, CodeSeed with { SkippedBecause = "still open" }],
        "Token" => [0L, 1L, 2L],
        "Node" => ["node-b"],
        "Result" => [null, JsonSerializer.SerializeToElement(1)],
        "Error" => ["no connection"],
        "Reason" => ["by hand"],
        "Tenant" => [new TenantName("default")],
        "Jitter" => [0.0, 0.999],
        "Counts" => [default(ShardCounts), new ShardCounts(4, 1, 2, 1, 0, 0, 0), new ShardCounts(4, 0, 0, 4, 0, 0, 0), new ShardCounts(4, 0, 0, 2, 1, 1, 0)],
        "Rows" => [100L, 400L],
        _ when type == typeof(bool) => [false, true],
        _ => throw new InvalidOperationException($"expected sample values for every parameter, got none for {type.Name} {name}"),
    };

    [Fact]
    public void Whatever_comes_in_whatever_state_the_promises_hold()
    {
        Assert.Equal(Enum.GetValues<ExecutionStatus>(), All.Select(state => state.Status).Distinct().Order());
        foreach (var state in All)
            foreach (var command in Commands.All<ExecutionCommand>(Values))
                Holds(state, command);
    }

    [Fact]
    public void However_it_has_lived_the_promises_hold()
    {
        foreach (var seed in new[] { CodeSeed, PollingSeed })
        {
            var soon = seed with { Timeout = TimeSpan.FromMinutes(4) };
            var commands = Commands.All<ExecutionCommand>((type, name) => name switch
            {
                "Token" => [1L, 2L, 3L, 4L, 5L],
                "Seed" => [soon],
                "Counts" => [default(ShardCounts), new ShardCounts(4, 1, 2, 1, 0, 0, 0), new ShardCounts(4, 0, 1, 3, 0, 0, 0)],
                _ => Values(type, name),
            });
            for (var number = 0; number < 300; number++)
                Commands.Live(number, Absent, Noon, commands, (command, now) => command with { Now = now }, (state, command) =>
                {
                    Holds(state, command);
                    return ExecutionDecider.Decide(state, command, Limits).State;
                });
        }
    }

    static void Holds(ExecutionState before, ExecutionCommand command)
    {
        var decision = ExecutionDecider.Decide(before, command, Limits);
        var (after, effects) = (decision.State, decision.Effects);
        void That(bool holds, string promise)
        {
            if (!holds) Assert.Fail($"{promise}: {before} × {command} → {after} with {string.Join(", ", effects)}");
        }

        That(decision.IgnoredBecause is null or { Length: > 0 }, "an ignored command has a reason");
        That(decision.Refused is null || (command is ExecutionCommand.Cancel && before.HasEnded), "only the cancel of what has ended is refused");
        That(ReferenceEquals(before, after) == decision.IgnoredBecause is not null, "just what is ignored leaves the state as it is");
        That(!before.HasEnded || ReferenceEquals(before, after), "what has ended never changes");
        That(effects.SequenceEqual(ExecutionDecider.Decide(before, command, Limits).Effects), "the same question has the same answer");

        That(before.Status == ExecutionStatus.None ? after.Status == ExecutionStatus.None || command is ExecutionCommand.Create : after.Status != ExecutionStatus.None, "only its task makes it, and nothing unmakes it");
        That(before.Status == ExecutionStatus.None || ReferenceEquals(after.Seed, before.Seed), "what it is made from stays");
        That(before.Status == ExecutionStatus.None || after.CreatedAt == before.CreatedAt, "when it was created stays");
        That(before.StartedAt is null || after.StartedAt == before.StartedAt, "when it started stays");
        That(after.FencingToken >= before.FencingToken, "the token only grows");
        That(after.Attempt >= before.Attempt && after.Attempt <= Math.Max(1, after.Seed.Retry.MaxAttempts), "attempts only grow, up to the policy's");
        That(after.Lost == before.Lost || (after.Lost == before.Lost + 1 && before.Status == ExecutionStatus.Running && command is ExecutionCommand.Activated), "what is loaded while its code runs has lost it");
        That(after.Admission == before.Admission || (before.Admission, after.Admission) is (Admission.None, Admission.Asked) or (Admission.Asked, Admission.Granted), "it asks, and is let in");
        That(after.Admission != Admission.Asked || after.Attempt == 0, "who has not been let in does not begin");
        That(after.Admission != Admission.Asked || after.HasEnded || after.WakeAt is not null, "who asks is woken to ask again");
        That(after.Admission == Admission.None || before.HasEnded || !after.HasEnded || effects.OfType<ExecutionEffect.LeaveTenant>().Any(), "who has asked leaves when it ends");
        That(before.Past.Length <= Limits.PastAttempts, "past attempts are bounded");
        That(before.Stopping == StopReason.None || after.HasEnded || after.Stopping == before.Stopping, "what is being stopped ends for that reason, or because it was done");

        That(after.Status != ExecutionStatus.Retrying || (after.RetryAt is not null && after.WakeAt <= after.RetryAt), "who waits for an attempt is woken for it");
        That(after.Stopping == StopReason.None || after.WakeAt is not null, "who is being stopped is woken to see that it has");
        That(after.Seed.Kind != HandlerKind.Polling || after.Status != ExecutionStatus.Running || after.WakeAt is not null, "who has shards is woken to look after them");
        That(after.HasEnded || after.Stopping != StopReason.None || after.StartedAt is null || after.Seed.Timeout is null || after.WakeAt <= after.StartedAt + after.Seed.Timeout, "who has a timeout is woken for it");
        That(after.Status is not (ExecutionStatus.Succeeded or ExecutionStatus.Failed) || before.HasEnded
            || (before.Seed.Kind == HandlerKind.Polling ? command is ExecutionCommand.ShardsCounted : command is ExecutionCommand.RunSucceeded or ExecutionCommand.RunFailed || (command is ExecutionCommand.Activated && after.Lost > before.Lost)), "a run says how code ended, or its loss does; a count how a round did");
        That(command is not ExecutionCommand.Woken || after.WakeAt is null || after.WakeAt > command.Now, "a wake does what is due: it is not woken again at once");
        That(after.HasEnded == after.EndedAt is not null, "what has ended knows when");
        That(!after.HasEnded || (after.WakeAt, after.RetryAt, after.AbandonAt, after.Stopping) == (null, null, null, StopReason.None), "what has ended waits for nothing");
        That(after.HasEnded == before.HasEnded || effects.Contains(new ExecutionEffect.TellTask(after.Seed.TaskId, after.Status)), "the task hears of the end");

        foreach (var run in effects.OfType<ExecutionEffect.Run>())
            That(run.Token == after.FencingToken && after.FencingToken > before.FencingToken && after.Status == ExecutionStatus.Waiting && after.Seed.Kind == HandlerKind.Code, "a run has a token that none had before");
        foreach (var stop in effects.OfType<ExecutionEffect.StopRun>())
            That(stop.Token == before.FencingToken, "what is stopped is what ran");
        That(!decision.Lazy || !effects.Any(effect => effect is ExecutionEffect.Run or ExecutionEffect.TellTask), "no run begins and no end is told before it is durable");
    }
}
