using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Scheduler.Cluster.Wire;

/// <summary>
/// The JSON of messages. Processes of two versions talk during an upgrade: what a reader does not know it passes over, and what a message
/// lacks is as a new record has it. That is why it works by reflection: generated code would set such members to zero.
/// </summary>
static class WireJson
{
    static readonly JsonSerializerOptions options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithHeaders } },
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, options);

    public static JsonElement WriteElement(object? value, Type type) => JsonSerializer.SerializeToElement(value, type, options);

    public static T Read<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, options) ?? throw new JsonException($"expected a {typeof(T).Name}, got null");

    public static T? Read<T>(JsonElement json) => json.Deserialize<T>(options);

    public static object? Read(JsonElement json, Type type) => json.Deserialize(type, options);

    /// <summary>What HTTP carries in a header, and so is no part of a body, is part of a message.</summary>
    static void WithHeaders(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object || info.Type.Assembly != typeof(ISchedulerClient).Assembly) return;
        foreach (var property in info.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always } || property.SetMethod is null) continue;
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            foreach (var left in info.Properties.Where(each => each.Name == name).ToArray()) info.Properties.Remove(left);
            var header = info.CreateJsonPropertyInfo(property.PropertyType, name);
            (header.Get, header.Set) = (property.GetValue, property.SetValue);
            info.Properties.Add(header);
        }
    }
}
