using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>The wire form of everything in this assembly: camelCase, names for enumerations, unknown members refused.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TaskDefinition))]
[JsonSerializable(typeof(TaskView))]
[JsonSerializable(typeof(ExecutionView))]
[JsonSerializable(typeof(ShardView))]
[JsonSerializable(typeof(ProgressView))]
[JsonSerializable(typeof(TriggerRequest))]
[JsonSerializable(typeof(TriggerResult))]
[JsonSerializable(typeof(Page<TaskView>))]
[JsonSerializable(typeof(Page<ExecutionView>))]
[JsonSerializable(typeof(Page<ShardView>))]
[JsonSerializable(typeof(IReadOnlyList<DateTimeOffset>))]
public sealed partial class SchedulerJson : JsonSerializerContext
{
    /// <summary>As the scheduler answers: null members are left out.</summary>
    public static JsonSerializerOptions Strict => Default.Options;

    /// <summary>For readers of a newer scheduler's answers: unknown members are passed over.</summary>
    public static JsonSerializerOptions Lenient => field ??= new(Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };
}

/// <summary>Writes an enumeration's members as camelCase names; numbers are refused.</summary>
/// <typeparam name="TEnum">The enumeration.</typeparam>
public sealed class CamelCaseEnum<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false) where TEnum : struct, Enum;
