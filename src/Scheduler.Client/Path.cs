using System.Globalization;
using System.Text;

namespace Scheduler.Client;

/// <summary>A path below <c>/api/v1</c> and its query, escaped.</summary>
sealed class Path(string start)
{
    readonly StringBuilder text = new(start);
    char separator = '?';

    /// <summary>A thing of a collection, and what is asked of it.</summary>
    /// <exception cref="SchedulerException">No thing can have that name: in a path it would mean another place.</exception>
    public static Path Of(string collection, string name, string? operation = null) => name is "" or "." or ".."
        ? throw new SchedulerException(SchedulerErrorKind.NotFound, $"there is nothing named \"{name}\" among the {collection}")
        : new($"{collection}/{Uri.EscapeDataString(name)}{(operation is null ? "" : "/" + operation)}");

    /// <summary>A thing within the thing, and what is asked of it.</summary>
    /// <exception cref="SchedulerException">No thing can have that name.</exception>
    public Path Then(string collection, string name, string operation)
    {
        text.Append('/').Append(Of(collection, name, operation).text);
        return this;
    }

    public Path With(string name, string? value)
    {
        if (value is null) return this;
        text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        separator = '&';
        return this;
    }

    public Path With(string name, int value) => With(name, value.ToString(CultureInfo.InvariantCulture));

    public Path With(string name, DateTimeOffset? value) => With(name, value is { } time ? WireText.Of(time) : null);

    public Path With<TEnum>(string name, TEnum? value) where TEnum : struct, Enum => With(name, value is { } member ? WireText.Of(member) : null);

    public static implicit operator Path(string text) => new(text);

    public override string ToString() => text.ToString();
}
