using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Scheduler.Tests.Contracts;

/// <summary>Lists what an assembly shows to those who reference it: one type or member a line, in an order that does not depend on the source's.</summary>
static class PublicApi
{
    const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    static readonly NullabilityInfoContext nullability = new();

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Head(type)).Append('\n');
            foreach (var member in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    static string Head(Type type)
    {
        var kind = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        var above = new[] { type.IsInterface || type.IsValueType || type.BaseType == typeof(object) ? null : type.BaseType }
            .Concat(type.IsEnum ? [] : type.GetInterfaces().Where(each => each.Assembly == type.Assembly)).OfType<Type>().Select(Name).ToArray();
        return $"{kind} {type.Namespace}.{Name(type)}{(above.Length == 0 ? "" : " : " + string.Join(", ", above))}";
    }

    static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        return
        [
            .. type.GetConstructors(Declared).Where(IsShown).Select(made => $"{Access(made)}new({Parameters(made)})"),
            .. type.GetFields(Declared).Where(field => field.IsPublic).Select(field => $"{(field.IsLiteral ? "const" : "static")} {Name(field.FieldType)} {field.Name}"),
            .. type.GetProperties(Declared).Where(property => property.GetMethod is { } get && IsShown(get)).Select(Property),
            .. type.GetMethods(Declared).Where(method => IsShown(method) && !method.IsSpecialName && !IsGenerated(method)).Select(Method),
        ];
    }

    static string Property(PropertyInfo property)
    {
        var init = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        var set = property.SetMethod is not { } setter || !IsShown(setter) ? "" : init ? " init;" : " set;";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var type = Annotated(property.PropertyType, nullability.Create(property).ReadState);
        return $"{Access(property.GetMethod!)}{required}{type} {property.Name} {{ get;{set} }}";
    }

    static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
        var turn = method.DeclaringType!.IsInterface ? "" : method.IsAbstract ? "abstract " : method.GetBaseDefinition() != method ? "override " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "";
        return $"{Access(method)}{turn}{Annotated(method.ReturnType, nullability.Create(method.ReturnParameter).ReadState)} {method.Name}{generic}({Parameters(method)})";
    }

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : "")}{Annotated(parameter.ParameterType, nullability.Create(parameter).WriteState)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "default"}" : "")}"));

    static string Annotated(Type type, NullabilityState state) => Name(type) + (state == NullabilityState.Nullable && !type.IsValueType ? "?" : "");

    static string Access(MethodBase method) => (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "") + (method is { IsStatic: true, IsConstructor: false } ? "static " : "");

    static bool IsShown(MethodBase method) => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !(method.IsSpecialName && IsGenerated(method) && method.Name.StartsWith("op_", StringComparison.Ordinal))
        && method.Name is not ("get_EqualityContract" or "PrintMembers") && !IsCopy(method);

    /// <summary>The constructor that a record makes for <c>with</c>.</summary>
    static bool IsCopy(MethodBase method) => method.IsConstructor && IsGenerated(method) && method.GetParameters() is [var only] && only.ParameterType == method.DeclaringType;

    static bool IsGenerated(MethodBase method) => method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.StartsWith('<');

    static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        var name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
