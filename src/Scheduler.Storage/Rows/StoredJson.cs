using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Scheduler.Executions;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Storage.Rows;

/// <summary>What is seldom set of an execution.</summary>
sealed record ExecutionRest(StopReason Stopping, DateTimeOffset? AbandonAt, DateTimeOffset? RetryAt, bool? Probed = null)
{
    public ImmutableArray<PastAttempt>? Past { get; init; }

    /// <summary>Null where it is as the execution's start, or has not come.</summary>
    public DateTimeOffset? RunStartedAt { get; init; }

    public int? Lost { get; init; }
    public bool? Interrupted { get; init; }
    public string? Stack { get; init; }

    /// <summary>Null where it has nothing to do with its tenant's limits.</summary>
    public Admission? Admission { get; init; }
}

/// <summary>What an execution is made from, and when it was.</summary>
sealed record ExecutionOrigin(ExecutionSeed Seed, DateTimeOffset CreatedAt);

/// <summary>What people asked of a shard.</summary>
sealed record ShardOperation(ShardStatus PausedFrom, RewindPlace? RewindTo);

/// <summary>The JSON columns. Their shape is <see cref="Version"/>; members that a row lacks are as a new state has them.</summary>
static class StoredJson
{
    public const int Version = 1;

    // By reflection: generated code gives members that a row lacks zero, and not what a new state has. People read these columns, and no
    // browser does: only what JSON must escape is escaped.
    static readonly JsonSerializerOptions readable = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new ExecutionIdText() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOut } },
    };

    // What is as a new state has it is left out: these texts are most of what a short execution writes.
    static void LeaveOut(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (type.Type == typeof(OpenExecution) && property.Name == "asked") property.ShouldSerialize = static (_, value) => value is not 0;
            else if (type.Type == typeof(ExecutionSeed) && property.Name is "retry" or "priority" or "onNodeLost")
            {
                var asNew = property.Get!(ExecutionState.Absent(default).Seed);
                property.ShouldSerialize = (_, value) => !Equals(value, asNew);
            }
    }

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, readable);

    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, readable) ?? throw new InvalidDataException($"expected the JSON of a {typeof(T).Name}, the database has {text}");

    /// <summary>A row of a newer program may mean what this one does not know.</summary>
    public static void Expect(long version)
    {
        if (version != Version) throw new InvalidDataException($"expected a row whose state_version is {Version}, the database has {version}; a newer program wrote it");
    }
}

sealed class ExecutionIdText : JsonConverter<ExecutionId>
{
    public override ExecutionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, ExecutionId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
