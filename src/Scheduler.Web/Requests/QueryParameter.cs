using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace Scheduler.Web.Requests;

/// <summary>A query parameter, said once: how it is read, and how it is documented.</summary>
abstract record QueryParameter(string Name, string Description, Func<OpenApiSchema> Schema)
{
    public static readonly QueryParameter<string?> Cursor = Text("cursor", "\"next\" of the page before.");
    public static readonly QueryParameter<int> Limit = Number("limit", "How many at most.", 1, 1000, 100);

    public static QueryParameter<string?> Text(string name, string description) =>
        new(name, description, () => new() { Type = JsonSchemaType.String }, null, text => text, "some text");

    public static QueryParameter<int> Number(string name, string description, int from, int to, int absent, bool isOptional = false) =>
        new(name, description,
            () => new() { Type = JsonSchemaType.Integer, Format = "int32", Minimum = Digits(from), Maximum = Digits(to), Default = isOptional ? null : absent },
            absent,
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to ? number : default(int?),
            $"{from} to {to}");

    public static QueryParameter<DateTimeOffset?> Time(string name, string description) =>
        new(name, description, () => new() { Type = JsonSchemaType.String, Format = "date-time" }, null,
            // A plus that nobody escaped arrives as a space.
            text => WireText.TryTime(text.Replace(' ', '+'), out var time) ? time : default(DateTimeOffset?),
            WireText.ATime);

    public static QueryParameter<TEnum?> Status<TEnum>(string description) where TEnum : struct, Enum => OneOf<TEnum>("status", description);

    public static QueryParameter<TEnum?> OneOf<TEnum>(string name, string description) where TEnum : struct, Enum
    {
        var names = WireText.NamesOf(typeof(TEnum));
        return new(name, description, () => new() { Type = JsonSchemaType.String, Enum = [.. names] }, null,
            text => names.Contains(text) ? Enum.Parse<TEnum>(text, ignoreCase: true) : default(TEnum?),
            WireText.OneOf(names), text => WireText.DidYouMean(text, names));
    }

    static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A query parameter that becomes a <typeparamref name="T"/>. <paramref name="Read"/> gives null for what does not fit.</summary>
sealed record QueryParameter<T>(string Name, string Description, Func<OpenApiSchema> Schema, T Absent, Func<string, object?> Read, string Expected, Func<string, string>? Hint = null)
    : QueryParameter(Name, Description, Schema)
{
    /// <exception cref="SchedulerException">The value does not fit, or there are several.</exception>
    public T Of(HttpRequest request)
    {
        var values = request.Query[Name];
        if (values.Count == 0) return Absent;
        if (values.Count > 1) throw Refused($"expected one value, got {values.Count}");
        var given = values[0] ?? "";
        return Read(given) is T read ? read : throw Refused($"expected {Expected}, got {Shown(given)}{Hint?.Invoke(given)}");
    }

    static string Shown(string given) => given.Length is > 0 and <= 20 && given.All(letter => char.IsAsciiDigit(letter) || letter is '-') ? given : WireText.Quote(given);

    SchedulerException Refused(string message) => new([new FieldError(Name, message)]);
}
