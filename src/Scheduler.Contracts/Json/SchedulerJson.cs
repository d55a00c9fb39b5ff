using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>The wire form of everything in this assembly: camelCase, names for enumerations, durations as <c>hh:mm:ss[.fff]</c>, null members left out.</summary>
/// <remarks>
/// By reflection, not generated: generated code sets an <c>init</c> member that a document leaves out to zero, not to the default that the record gives it.
/// </remarks>
public static class SchedulerJson
{
    /// <summary>As the scheduler writes, and reads what it wrote itself: unknown and doubled members are refused.</summary>
    public static JsonSerializerOptions Strict { get; } = Frozen(new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true, // but not required constructor parameters: an answer leaves out those that are null
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new DurationConverter(), new TimeConverter() },
        // Nothing here is pasted into HTML, and people read messages full of quotes and names beyond ASCII.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>For readers of a newer scheduler's answers: unknown members are passed over.</summary>
    public static JsonSerializerOptions Lenient { get; } = Frozen(new(Strict)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        AllowDuplicateProperties = true,
    });

    static JsonSerializerOptions Frozen(JsonSerializerOptions options)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>Writes an enumeration's members as camelCase names; numbers are refused.</summary>
/// <typeparam name="TEnum">The enumeration.</typeparam>
public sealed class CamelCaseEnum<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false) where TEnum : struct, Enum;

/// <summary>Reads the times that the check of a document's shape lets pass, no fewer: RFC 3339 allows a "t" and a "z" too.</summary>
sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && WireText.TryTime(reader.GetString()!, out var time) ? time
            : throw new JsonException($"expected {WireText.ATime}");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && WireText.TryDuration(reader.GetString()!, out var duration) ? duration
            : throw new JsonException($"expected {WireText.ADuration}");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(WireText.Of(value));
}
