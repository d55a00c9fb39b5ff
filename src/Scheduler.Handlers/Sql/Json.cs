using System.Globalization;
using System.Text.Json;

namespace Scheduler.Handlers.Sql;

/// <summary>Values of columns as JSON that every reader understands alike.</summary>
static class Json
{
    /// <summary>Beyond it a reader that takes numbers for doubles sees another number.</summary>
    const long MostExact = (1L << 53) - 1;

    public static void WriteInteger(Utf8JsonWriter json, string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) WriteInteger(json, number);
        else json.WriteStringValue(text);
    }

    public static void WriteInteger(Utf8JsonWriter json, long number)
    {
        if (number is >= -MostExact and <= MostExact) json.WriteNumberValue(number);
        else json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A number as it is written; <c>NaN</c> and <c>Infinity</c> as strings.</summary>
    public static void WriteNumber(Utf8JsonWriter json, string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && (char.IsAsciiDigit(text[0]) || text[0] == '-')) json.WriteRawValue(text);
        else json.WriteStringValue(text);
    }

    public static void WriteNumber(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>JSON as it is; a string where it is none.</summary>
    public static void WriteJson(Utf8JsonWriter json, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            document.RootElement.WriteTo(json);
        }
        catch (JsonException)
        {
            json.WriteStringValue(text);
        }
    }
}
