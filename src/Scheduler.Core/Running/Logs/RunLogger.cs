using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Scheduler.Running.Logs;

/// <summary>The logger of one run of user code: what it is told is kept with the execution, and goes to the host's own logging too.</summary>
public sealed class RunLogger : ILogger
{
    static readonly AsyncLocal<RunLogger?> ambient = new();

    readonly RunLogs logs;
    readonly LogSource source;
    readonly ILogger host;

    internal RunLogger(RunLogs logs, LogSource source, ILogger host) => (this.logs, this.source, this.host) = (logs, source, host);

    /// <summary>The logger of the run that this code is part of; null outside of all.</summary>
    public static RunLogger? Ambient
    {
        get => ambient.Value;
        internal set => ambient.Value = value;
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && (logLevel >= logs.Limits.Minimum || host.IsEnabled(logLevel));

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => host.BeginScope(state);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Keep(null, logLevel, state, exception, formatter);
        if (host.IsEnabled(logLevel)) host.Log(logLevel, eventId, state, exception, formatter);
    }

    /// <summary>Keeps a line with the execution alone, as one of another logger that its code has.</summary>
    public void Keep<TState>(string? category, LogLevel logLevel, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (logLevel == LogLevel.None || logLevel < logs.Limits.Minimum) return;
        string message;
        try
        {
            message = formatter(state, exception);
        }
        catch (Exception failure)
        {
            message = $"(a line that could not be put together: {failure.Message})"; // it is no reason to fail the run
        }
        logs.Add(source, (LogLineLevel)(logLevel + 1), category, Cut(message), exception is null ? null : Cut(exception.ToString()), Values(state));
    }

    string Cut(string text) => text.Length <= logs.Limits.LineLength ? text : $"{text.AsSpan(0, logs.Limits.LineLength)}… ({text.Length} characters)";

    /// <summary>The named values of a message as JSON; null where it has none, or they are too long.</summary>
    string? Values<TState>(TState state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> { Count: > 1 } values) return null; // the message's template is one of them
        var text = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(text, new() { Encoder = SchedulerJson.Strict.Encoder }))
        {
            json.WriteStartObject();
            for (var i = 0; i < values.Count; i++)
                if (values[i].Key != "{OriginalFormat}") Write(json, values[i].Key, values[i].Value);
            json.WriteEndObject();
        }
        return text.WrittenCount <= logs.Limits.LineLength ? Encoding.UTF8.GetString(text.WrittenSpan) : null;
    }

    static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool truth: json.WriteBoolean(name, truth); break;
            case int or short or sbyte or byte or ushort or uint: json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            // What JavaScript's numbers do not hold travels as text.
            case long number when Math.Abs((double)number) < 1L << 53: json.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            default: json.WriteString(name, Text(value)); break;
        }
    }

    static string Text(object value)
    {
        try
        {
            return value is IFormattable formattable ? formattable.ToString(value is DateTime or DateTimeOffset ? "O" : null, CultureInfo.InvariantCulture) : value.ToString() ?? "";
        }
        catch (Exception failure)
        {
            return $"({value.GetType().Name} could not be written: {failure.Message})";
        }
    }
}
