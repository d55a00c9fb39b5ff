using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Executions;

namespace Scheduler.Tests.Kept;

/// <summary>Values in which every member is set to something, and no two numbers or texts are the same.</summary>
sealed class FullValue
{
    const int Deepest = 12;

    int count;

    public static T Of<T>() => (T)Of(typeof(T));

    public static object Of(Type type) => new FullValue().Make(type, 0)!;

    object? Make(Type type, int depth)
    {
        if (depth > Deepest) return type.IsValueType ? Activator.CreateInstance(type) : null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        var number = ++count;
        if (type == typeof(string)) return $"text {number}";
        if (type == typeof(bool)) return true;
        if (type == typeof(ExecutionId)) return new ExecutionId(number.ToString("x32"));
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(number);
        if (type == typeof(DateOnly)) return new DateOnly(2026, 3, 1).AddDays(number);
        if (type == typeof(TimeOnly)) return new TimeOnly(12, 0).Add(TimeSpan.FromMinutes(number));
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(number);
        if (type == typeof(JsonElement)) return JsonDocument.Parse($$"""{"a":[{{number}},"b"]}""").RootElement.Clone();
        if (type == typeof(object)) return $"text {number}";
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        if (type.IsPrimitive || type == typeof(decimal)) return Convert.ChangeType(number % 100, type, null);
        if (type.IsGenericType && Collection(type, depth) is { } collection) return collection;
        if (type.IsAbstract) return Make(type.GetCustomAttributes<JsonDerivedTypeAttribute>().First().DerivedType, depth);
        return Compose(type, depth);
    }

    object? Collection(Type type, int depth)
    {
        var (generic, arguments) = (type.GetGenericTypeDefinition(), type.GetGenericArguments());
        if (generic == typeof(IReadOnlyDictionary<,>) || generic == typeof(IDictionary<,>) || generic == typeof(ImmutableSortedDictionary<,>))
        {
            var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
            map.Add(Make(arguments[0], depth + 1)!, Make(arguments[1], depth + 1));
            return map;
        }
        if (arguments.Length != 1 || !typeof(System.Collections.IEnumerable).IsAssignableFrom(type)) return null;
        var items = Array.CreateInstance(arguments[0], 1);
        items.SetValue(Make(arguments[0], depth + 1), 0);
        return generic == typeof(ImmutableArray<>)
            ? typeof(ImmutableArray).GetMethods().Single(each => each.Name == nameof(ImmutableArray.Create) && each.GetParameters() is [{ ParameterType.IsArray: true }]).MakeGenericMethod(arguments).Invoke(null, [items])
            : items;
    }

    object Compose(Type type, int depth)
    {
        var constructor = type.GetConstructors().Where(each => each.GetParameters() is not [var only] || only.ParameterType != type).MaxBy(each => each.GetParameters().Length);
        var parameters = constructor?.GetParameters() ?? [];
        var value = constructor is null ? Activator.CreateInstance(type)! : constructor.Invoke([.. parameters.Select(each => Make(each.ParameterType, depth + 1))]);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is null || parameters.Any(each => each.Name == property.Name)) continue;
            property.SetValue(value, Make(property.PropertyType, depth + 1));
        }
        return value;
    }
}
