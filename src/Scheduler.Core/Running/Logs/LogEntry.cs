using System.Globalization;
using Scheduler.Executions;

namespace Scheduler.Running.Logs;

/// <summary>Where a line stands among its execution's: by time, and no two lines at one place.</summary>
/// <param name="Sequence">Units of 100 ns since 1970, one more than the line before where that is not less.</param>
/// <param name="Writer">The process that logged it.</param>
public readonly record struct LogPosition(long Sequence, long Writer) : IComparable<LogPosition>
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out LogPosition position)
    {
        var dash = text.IndexOf('-');
        if (dash > 0 && Number(text.AsSpan(0, dash), out var sequence) && Number(text.AsSpan(dash + 1), out var writer))
        {
            position = new(sequence, writer);
            return true;
        }
        position = default;
        return false;

        static bool Number(ReadOnlySpan<char> digits, out long number) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <inheritdoc/>
    public int CompareTo(LogPosition other) => (Sequence, Writer).CompareTo((other.Sequence, other.Writer));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence}-{Writer}");
}

/// <summary>The run that logs.</summary>
/// <param name="Execution">The execution that it belongs to.</param>
/// <param name="CreatedAt">When that was created; null: whoever writes the lines looks it up.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="FencingToken">The run's fencing token.</param>
/// <param name="Database">The shard's database; null where it runs no shard.</param>
/// <param name="Table">The shard's table.</param>
public sealed record LogSource(ExecutionId Execution, DateTimeOffset? CreatedAt, int Attempt, long FencingToken, string? Database = null, string? Table = null);

/// <summary>A line as it is kept: a row of a month's table.</summary>
/// <param name="Source">The run that logged it.</param>
/// <param name="Position">Its place.</param>
/// <param name="Node">The node.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Category">The logger's category; null for the context's own.</param>
/// <param name="Message">What it says.</param>
/// <param name="Exception">The exception with its stack.</param>
/// <param name="Values">A JSON object: the values that the message was made from.</param>
public sealed record LogEntry(LogSource Source, LogPosition Position, string Node, LogLineLevel Level, string? Category, string Message, string? Exception, string? Values)
{
    /// <summary>When it was logged, to the millisecond.</summary>
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(Position.Sequence / TimeSpan.TicksPerMillisecond);

    /// <summary>About how much memory it takes.</summary>
    internal long Bytes => 200 + 2L * (Message.Length + (Exception?.Length ?? 0) + (Values?.Length ?? 0));

    /// <summary>Whether it is one of those that are asked for.</summary>
    public bool Passes(LogFilter filter) =>
        (filter.Level is not { } level || Level >= level)
        && (filter.Attempt is not { } attempt || Source.Attempt == attempt)
        && (filter.Database is null || Source.Database == filter.Database)
        && (filter.Table is null || Source.Table == filter.Table)
        && (filter.Search is null || Message.Contains(filter.Search, StringComparison.Ordinal) || Exception?.Contains(filter.Search, StringComparison.Ordinal) == true);
}
