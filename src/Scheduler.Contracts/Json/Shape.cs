using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Scheduler;

/// <summary>Compares a document with the type that it is to become.</summary>
static class Shape
{
    /// <summary>More than these are not told: whoever has so many has another problem.</summary>
    const int MostErrors = 20;

    /// <summary>What is wrong with the document; empty where it fits.</summary>
    public static IReadOnlyList<FieldError> Check(JsonElement document, Type expected)
    {
        List<FieldError> errors = [];
        Check(document, expected, "", errors);
        return errors;
    }

    static void Check(JsonElement given, Type type, string path, List<FieldError> errors)
    {
        if (errors.Count >= MostErrors) return;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(JsonElement))
        {
            CheckFree(given, path, errors);
            return;
        }

        var info = SchedulerJson.Strict.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object when given.ValueKind == JsonValueKind.Object:
                CheckMembers(given, info, path, errors);
                break;
            case JsonTypeInfoKind.Enumerable when given.ValueKind == JsonValueKind.Array:
                foreach (var (index, item) in given.EnumerateArray().Index()) Check(item, info.ElementType!, $"{path}[{index}]", errors);
                break;
            case JsonTypeInfoKind.Dictionary when given.ValueKind == JsonValueKind.Object:
                CheckEntries(given, info.ElementType!, path, errors);
                break;
            case JsonTypeInfoKind.None when Fits(given, type):
                break;
            default:
                errors.Add(new(path, $"expected {Name(type)}, got {Describe(given)}{Near(given, type)}"));
                break;
        }
    }

    static void CheckMembers(JsonElement given, JsonTypeInfo info, string path, List<FieldError> errors)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var member in given.EnumerateObject())
        {
            var at = Join(path, member.Name);
            if (!seen.Add(member.Name))
                Add(at, "expected once, got twice");
            else if (Members(info).FirstOrDefault(each => each.Name == member.Name) is not { } known)
                Add(at, $"unknown field{Hint(member.Name, info)}");
            else if (member.Value.ValueKind != JsonValueKind.Null || !known.IsSetNullable)
                Check(member.Value, known.PropertyType, at, errors);
        }

        foreach (var missing in Members(info).Where(each => IsRequired(each) && !seen.Contains(each.Name)))
            Add(Join(path, missing.Name), $"expected {Name(missing.PropertyType)}, got nothing");

        void Add(string field, string message)
        {
            if (errors.Count < MostErrors) errors.Add(new(field, message));
        }
    }

    static void CheckEntries(JsonElement given, Type type, string path, List<FieldError> errors)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var member in given.EnumerateObject())
            if (seen.Add(member.Name)) Check(member.Value, type, Join(path, member.Name), errors);
            else if (errors.Count < MostErrors) errors.Add(new(Join(path, member.Name), "expected once, got twice"));
    }

    /// <summary>Free JSON may hold anything but doubled members: who reads it would see the one or the other.</summary>
    static void CheckFree(JsonElement given, string path, List<FieldError> errors)
    {
        if (errors.Count >= MostErrors) return;
        if (given.ValueKind == JsonValueKind.Array)
            foreach (var (index, item) in given.EnumerateArray().Index()) CheckFree(item, $"{path}[{index}]", errors);
        if (given.ValueKind != JsonValueKind.Object) return;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var member in given.EnumerateObject())
            if (seen.Add(member.Name)) CheckFree(member.Value, Join(path, member.Name), errors);
            else if (errors.Count < MostErrors) errors.Add(new(Join(path, member.Name), "expected once, got twice"));
    }

    /// <summary>What the wire knows; members that are ignored are listed too, but nothing can set them.</summary>
    static IEnumerable<JsonPropertyInfo> Members(JsonTypeInfo info) => info.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null);

    static bool IsRequired(JsonPropertyInfo property) =>
        property.IsRequired || property.AssociatedParameter is { IsMemberInitializer: false, HasDefaultValue: false, IsNullable: false };

    static bool Fits(JsonElement given, Type type) => given.ValueKind switch
    {
        JsonValueKind.String when type == typeof(TimeSpan) => WireText.TryDuration(given.GetString()!, out _),
        JsonValueKind.String when type == typeof(DateTimeOffset) => WireText.TryTime(given.GetString()!, out _),
        JsonValueKind.String when type.IsEnum => WireText.NamesOf(type).Contains(given.GetString()!),
        JsonValueKind.String => type == typeof(string),
        JsonValueKind.Number when type == typeof(int) => given.TryGetInt32(out _),
        JsonValueKind.Number when type == typeof(long) => given.TryGetInt64(out _),
        JsonValueKind.Number when type == typeof(double) => given.TryGetDouble(out var number) && double.IsFinite(number),
        JsonValueKind.True or JsonValueKind.False => type == typeof(bool),
        _ => false,
    };

    static string Name(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } names => WireText.OneOf(WireText.NamesOf(names)),
        var text when text == typeof(string) => "a string",
        var flag when flag == typeof(bool) => "true or false",
        var whole when whole == typeof(int) => $"a whole number, at most {int.MaxValue}",
        var whole when whole == typeof(long) => "a whole number of 64 bits",
        var number when number == typeof(double) => "a number",
        var duration when duration == typeof(TimeSpan) => WireText.ADuration,
        var time when time == typeof(DateTimeOffset) => WireText.ATime,
        var other => SchedulerJson.Strict.GetTypeInfo(other).Kind == JsonTypeInfoKind.Enumerable ? "a list" : "an object",
    };

    static string Describe(JsonElement given) => given.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => WireText.Quote(given.GetString()!),
        JsonValueKind.Null => "null",
        _ => given.GetRawText() is { Length: > 64 } text ? text[..63] + "…" : given.GetRawText(),
    };

    static string Near(JsonElement given, Type type) =>
        type.IsEnum && given.ValueKind == JsonValueKind.String ? WireText.DidYouMean(given.GetString()!, WireText.NamesOf(type)) : "";

    static string Hint(string given, JsonTypeInfo info)
    {
        var known = Members(info).Select(property => property.Name).ToArray();
        return WireText.DidYouMean(given, known) is { Length: > 0 } near ? near : $"; expected {WireText.OneOf(known)}";
    }

    static string Join(string path, string name)
    {
        if (name.Length > 64) name = name[..63] + "…";
        return path.Length == 0 ? name : $"{path}.{name}";
    }
}
