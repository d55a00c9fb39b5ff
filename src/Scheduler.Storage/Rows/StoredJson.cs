using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Scheduler.Executions;
using Scheduler.Tasks;

namespace Scheduler.Storage.Rows;

/// <summary>What is seldom set of an execution.</summary>
sealed record ExecutionRest(StopReason Stopping, DateTimeOffset? AbandonAt, DateTimeOffset? RetryAt, bool Probed = false);

/// <summary>What an execution is made from, and when it was.</summary>
sealed record ExecutionOrigin(ExecutionSeed Seed, DateTimeOffset CreatedAt);

/// <summary>The JSON columns. Their shape is <see cref="Version"/>; members that a row lacks are as a new state has them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(ExecutionIdText)])]
[JsonSerializable(typeof(TaskDefinition))]
[JsonSerializable(typeof(ImmutableArray<OpenExecution>))]
[JsonSerializable(typeof(ExecutionOrigin))]
[JsonSerializable(typeof(ExecutionRest))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(JsonElement))]
sealed partial class StoredJson : JsonSerializerContext
{
    public const int Version = 1;

    // People read these columns, and no browser does: only what JSON must escape is escaped.
    static StoredJson Readable => field ??= new(new(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, TypeOf<T>());

    public static T Read<T>(string text) => JsonSerializer.Deserialize(text, TypeOf<T>()) ?? throw new InvalidDataException($"expected the JSON of a {typeof(T).Name}, the database has {text}");

    static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)Readable.GetTypeInfo(typeof(T))!;

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
