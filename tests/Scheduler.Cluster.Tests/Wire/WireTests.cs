using System.Text;
using System.Text.Json;
using Scheduler.Cluster.Wire;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Cluster.Tests.Wire;

/// <summary>Messages between processes of two versions. The samples were written by older programs and never change; new ones are added.</summary>
public sealed class WireTests
{
    static readonly DateTimeOffset noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    static readonly ExecutionSeed seed = new(new("0190000000000123456789abcdef0123"), 7, "default", "orders", HandlerKind.Polling, 3, TriggerKind.Schedule, null, noon) { Timeout = TimeSpan.FromMinutes(5), Priority = 7 };

    public static TheoryData<string, object> Samples => new()
    {
        { """{"$type":"woken","now":"2026-01-01T12:00:00+00:00"}""", new TaskCommand.Woken(noon) },
        { """{"$type":"executionHeard","execution":{"value":"0190000000000123456789abcdef0123"},"status":"succeeded","now":"2026-01-01T12:00:00+00:00"}""", new TaskCommand.ExecutionHeard(noon, seed.Id, ExecutionStatus.Succeeded) },
        { """{"$type":"create","seed":{"id":{"value":"0190000000000123456789abcdef0123"},"taskId":7,"tenant":"default","taskName":"orders","kind":"polling","sequence":3,"trigger":"schedule","scheduledAt":"2026-01-01T12:00:00+00:00","timeout":"00:05:00","priority":7},"go":true,"saidAt":"2026-01-01T12:00:00+00:00","now":"2026-01-01T12:00:00+00:00"}""",
            new ExecutionCommand.Create(noon, seed, true, noon) },
        { """{"$type":"nodesChanged","now":"2026-01-01T12:00:00+00:00"}""", new ExecutionCommand.NodesChanged(noon) },
        { """{"$type":"start","round":3,"execution":{"value":"0190000000000123456789abcdef0123"},"node":"10.0.0.1:11111@1","mode":"full","now":"2026-01-01T12:00:00+00:00"}""", new ShardCommand.Start(noon, 3, seed.Id, "10.0.0.1:11111@1") },
        { """{"$type":"move","node":"10.0.0.1:11111@1","now":"2026-01-01T12:00:00+00:00"}""", new ShardCommand.Move(noon, "10.0.0.1:11111@1") },
    };

    [Theory, MemberData(nameof(Samples))]
    public void Older_messages_are_understood(string json, object expected)
    {
        object read = expected switch
        {
            TaskCommand => Envelope.From(Encoding.UTF8.GetBytes(json), 0).Open<TaskCommand>(),
            ExecutionCommand => Envelope.From(Encoding.UTF8.GetBytes(json), 0).Open<ExecutionCommand>(),
            _ => Envelope.From(Encoding.UTF8.GetBytes(json), 0).Open<ShardCommand>(),
        };
        Assert.Equal(expected, read);
    }

    [Fact]
    public void What_a_newer_program_says_beyond_it_is_passed_over() => Assert.Equal(new ShardCommand.Move(noon, "n"),
        Envelope.From("""{"$type":"move","node":"n","because":{"it":["is","so"]},"now":"2026-01-01T12:00:00+00:00"}"""u8.ToArray(), 0).Open<ShardCommand>());

    [Fact]
    public void A_command_that_this_program_does_not_know_is_an_error() =>
        Assert.ThrowsAny<Exception>(() => Envelope.From("""{"$type":"teleport","now":"2026-01-01T12:00:00+00:00"}"""u8.ToArray(), 0).Open<ShardCommand>());

    [Fact]
    public void States_and_answers_come_back_as_they_were()
    {
        var shard = ShardDecider.Create(noon.AddTicks(7), 7, "default", new("db", "t")) with
        {
            Status = ShardStatus.Running, Round = 3, Execution = seed.Id, FencingToken = 9, Cursor = new("2026-01-01", "k\"1"), Before = noon.AddTicks(3), Rows = 5, Node = "n", RetryAt = noon, Error = "ünwanted",
        };
        Same(shard);
        Same(new ExecutionState { Seed = seed, Status = ExecutionStatus.Retrying, Attempt = 2, FencingToken = 4, CreatedAt = noon, RetryAt = noon.AddTicks(1), Result = JsonDocument.Parse("""{"a":[1,"b"]}""").RootElement });
        Same(TaskState.Absent(7) with { Status = ScheduledTaskStatus.Enabled, Open = [new(seed, true, noon, noon, 1, "stop")], NextAt = noon, Quarantined = [new("db", noon)] });
        Same(new Answer<Told<ShardState>>(new(shard, "ignored", new(SchedulerErrorKind.Conflict, "refused"))));
        Same(new Answer<JsonElement?>(null, new(SchedulerErrorKind.Invalid, "wrong") { Errors = [new("name", "expected another")] }));
        Same(new TriggerRequest { By = "me", IdempotencyKey = "what HTTP has in a header" });
    }

    /// <summary>Through the wire form and back; compared by it, since lists compare by reference.</summary>
    static void Same<T>(T value)
    {
        var json = WireJson.Write(value);
        Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(WireJson.Write(WireJson.Read<T>(json))));
        if (value is ShardState shard) Assert.Equal(shard with { DeadLetters = [] }, ((ShardState)(object)WireJson.Read<T>(json)!) with { DeadLetters = [] });
    }
}
