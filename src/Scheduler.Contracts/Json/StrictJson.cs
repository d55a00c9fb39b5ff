using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Scheduler;

/// <summary>Reads what people wrote: whatever does not fit is refused, all of it at once, each with its place and with what was expected.</summary>
public static class StrictJson
{
    /// <summary>The largest document that is read: 1 MiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>The deepest nesting of objects and lists that is read.</summary>
    public const int MaxDepth = 64;

    /// <inheritdoc cref="Parse{T}(ReadOnlyMemory{byte})"/>
    /// <param name="json">The document.</param>
    public static T Parse<T>(string json) where T : class => Parse<T>(Encoding.UTF8.GetBytes(json));

    /// <summary>The document as a <typeparamref name="T"/>. Names are matched with their case.</summary>
    /// <typeparam name="T">One of this assembly's records.</typeparam>
    /// <param name="utf8">The document, in UTF-8.</param>
    /// <exception cref="SchedulerException">Of kind <see cref="SchedulerErrorKind.Invalid"/>: it is not JSON, too large, too deep, or not a <typeparamref name="T"/>.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> utf8) where T : class
    {
        if (utf8.Length > MaxBytes) throw Whole($"expected at most {MaxBytes} bytes, got {utf8.Length}");
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble)) utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        Scan(utf8.Span);
        using var document = JsonDocument.Parse(utf8);
        var errors = Shape.Check(document.RootElement, typeof(T));
        if (errors.Count > 0) throw new SchedulerException(errors);
        try
        {
            return document.RootElement.Deserialize<T>(SchedulerJson.Strict)!;
        }
        catch (JsonException failure)
        {
            // What the shape lets pass is read; should the two ever differ, whoever wrote the document is told, and not blamed on the scheduler.
            throw Whole($"{failure.Path}: expected what the interface describes; {Reason(failure)}");
        }
    }

    /// <summary>Refuses what is not JSON before anything is made of it.</summary>
    static void Scan(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) throw Whole("expected UTF-8, got bytes that are not");
        if (utf8.Trim(" \t\r\n"u8).IsEmpty) throw Whole("expected an object, got nothing");
        // One more than allowed, so that the message about depth is ours.
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        try
        {
            while (reader.Read())
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth >= MaxDepth:
                        throw Whole($"{Place(utf8, (int)reader.TokenStartIndex)}: expected at most {MaxDepth} levels, got more");
                    case JsonTokenType.String or JsonTokenType.PropertyName when reader.ValueIsEscaped:
                        _ = reader.GetString(); // half a surrogate pair is found only here
                        break;
                }
        }
        catch (JsonException failure)
        {
            throw Whole($"line {failure.LineNumber + 1}, position {Characters(utf8, failure) + 1}: expected JSON; {Reason(failure)}");
        }
        catch (InvalidOperationException)
        {
            throw Whole($"{Place(utf8, (int)reader.TokenStartIndex)}: expected Unicode text, got half a surrogate pair");
        }
    }

    static string Place(ReadOnlySpan<byte> utf8, int index)
    {
        var before = utf8[..index];
        var line = before[(before.LastIndexOf((byte)'\n') + 1)..];
        return $"line {before.Count((byte)'\n') + 1}, position {Encoding.UTF8.GetCharCount(line) + 1}";
    }

    /// <summary>Characters of the line before the failure, which knows of bytes alone.</summary>
    static int Characters(ReadOnlySpan<byte> utf8, JsonException failure)
    {
        var line = utf8;
        for (var skipped = 0L; skipped < failure.LineNumber; skipped++) line = line[(line.IndexOf((byte)'\n') + 1)..];
        return Encoding.UTF8.GetCharCount(line[..(int)Math.Min(failure.BytePositionInLine ?? 0, line.Length)]);
    }

    static string Reason(JsonException failure) => failure.Message.Split(" LineNumber:")[0];

    static SchedulerException Whole(string message) => new([new FieldError("", message)]);
}
