using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Running.Logs;

namespace Scheduler.Client;

/// <summary>Where the next page of a list begins, as text that means nothing to its reader.</summary>
static class Cursors
{
    public static string Write(params string[] parts) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts));

    public static string Write(ExecutionState last) => Write(last.Seed.ScheduledAt.UtcTicks.ToString(CultureInfo.InvariantCulture), last.Id.Value);

    /// <summary>The parts that were written; null for null.</summary>
    public static string[]? Read(string? cursor, int count)
    {
        if (cursor is null) return null;
        try
        {
            if (JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(cursor)) is { } parts && parts.Length == count && Array.TrueForAll(parts, part => part is not null)) return parts;
        }
        catch (Exception failure) when (failure is FormatException or JsonException or DecoderFallbackException)
        {
            // Refused below.
        }
        throw Invalid(cursor);
    }

    public static (DateTimeOffset, ExecutionId)? ReadExecution(string? cursor)
    {
        if (Read(cursor, 2) is not { } parts) return null;
        return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && ExecutionId.TryParse(parts[1], out var id)
            ? (new DateTimeOffset(ticks, TimeSpan.Zero), id)
            : throw Invalid(cursor!);
    }

    /// <summary>The place after a line's id; null for null.</summary>
    public static LogPosition? ReadLine(string? id, string field = "cursor")
    {
        if (id is null) return null;
        return LogPosition.TryParse(id, out var position) ? position : throw new SchedulerException([new(field, $"expected the id of a line, got {WireText.Quote(id)}")]);
    }

    static SchedulerException Invalid(string cursor) => new([new("cursor", $"expected the \"next\" of a page of this list, got \"{(cursor.Length > 100 ? cursor[..100] : cursor)}\"")]);
}
