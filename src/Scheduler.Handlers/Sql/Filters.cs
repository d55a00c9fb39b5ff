using System.Text.Json;

namespace Scheduler.Handlers.Sql;

/// <summary>The conditions of a definition: what is wrong with them, and how they stand in a statement. Values are parameters.</summary>
static class Filters
{
    const int MostConditions = 50;
    const int MostValues = 1000;

    static readonly string[] comparisons = ["=", "<>", "<", "<=", ">", ">="];
    static readonly string[] operators = [.. comparisons, "in", "like", "isNull", "isNotNull"];

    public static IEnumerable<FieldError> Check(IReadOnlyList<SqlFilter> filters, string field)
    {
        if (filters.Count > MostConditions) yield return new(field, $"expected at most {MostConditions} conditions, got {filters.Count}");
        foreach (var (index, filter) in filters.Take(MostConditions).Index())
        {
            var at = $"{field}[{index}]";
            if (filter is null) yield return new(at, "expected a condition, got null");
            else if (!operators.Contains(filter.Op)) yield return new($"{at}.op", $"expected {WireText.OneOf(operators)}, got {(filter.Op is null ? "nothing" : WireText.Quote(filter.Op))}");
            else if (WrongValue(filter) is { } wrong) yield return new($"{at}.value", wrong);
        }
    }

    /// <summary>The condition, with its values as parameters of the command.</summary>
    public static string Sql(SqlFilter filter, string column, Func<JsonElement, string> parameter) => filter.Op switch
    {
        "isNull" => $"{column} IS NULL",
        "isNotNull" => $"{column} IS NOT NULL",
        "in" => $"{column} IN ({string.Join(", ", filter.Value!.Value.EnumerateArray().Select(parameter))})",
        "like" => $"{column} LIKE {parameter(filter.Value!.Value)}",
        var comparison when comparisons.Contains(comparison) => $"{column} {comparison} {parameter(filter.Value!.Value)}",
        var other => throw new NonRetryableException($"expected {WireText.OneOf(operators)}, got {WireText.Quote(other)}"),
    };

    static string? WrongValue(SqlFilter filter) => (filter.Op, filter.Value) switch
    {
        ("isNull" or "isNotNull", null) => null,
        ("isNull" or "isNotNull", _) => $"expected nothing for {filter.Op}, got a value",
        (_, null) => "expected a value, got nothing",
        ("in", { ValueKind: JsonValueKind.Array } list) when list.GetArrayLength() is < 1 or > MostValues => $"expected 1 to {MostValues} values, got {list.GetArrayLength()}",
        ("in", { ValueKind: JsonValueKind.Array } list) => list.EnumerateArray().All(IsPlain) ? null : "expected strings, numbers, true or false, got something else",
        ("in", _) => "expected a list of values, got one value",
        ("like", { ValueKind: not JsonValueKind.String }) => "expected a string, got something else",
        (_, { } value) => IsPlain(value) ? null : "expected a string, a number, true or false, got something else",
    };

    static bool IsPlain(JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False || (IsFinite(value) && value.ValueKind is JsonValueKind.Number or JsonValueKind.String && value.GetRawText().Length <= 10_000 && !value.GetRawText().Contains("\\u0000"));

    // What is beyond a double would be compared as infinity.
    static bool IsFinite(JsonElement value) => value.ValueKind != JsonValueKind.Number || (value.TryGetDouble(out var number) && double.IsFinite(number));
}
