using System.Buffers;
using System.Text;
using Scheduler.Running;

namespace Scheduler.Storage.Rows;

/// <summary>A write as the values of its columns, checked for text that no database holds, or not every one: NUL, and halves of surrogate pairs.</summary>
static class Storable
{
    /// <summary>Fills <paramref name="values"/>, one for each column.</summary>
    /// <returns>Why they cannot be stored; null where they can.</returns>
    public static string? Take(EntityWrite write, IReadOnlyList<Column> columns, object?[] values)
    {
        string? fault = null;
        for (var i = 0; i < columns.Count; i++)
        {
            values[i] = columns[i].Of(write);
            if (values[i] is string text && !IsWhole(text)) fault = $"{columns[i].Name}: expected text without NUL and halves of surrogate pairs, got such a character";
        }
        return fault;
    }

    /// <summary>The text with those characters replaced: what a handler says of its failure must not keep the failure from being stored.</summary>
    public static string? Mend(string? text) =>
        text is null || IsWhole(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    /// <summary>Whether every database can hold it.</summary>
    public static bool IsWhole(string text)
    {
        if (text.Contains('\0')) return false;
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0) return true;
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done) return false;
            rest = rest[length..];
        }
        return true;
    }
}
