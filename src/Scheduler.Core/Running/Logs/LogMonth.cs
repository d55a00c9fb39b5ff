using System.Globalization;

namespace Scheduler.Running.Logs;

/// <summary>A month of UTC. The lines of an execution are in the table of the month in which it was created, however long it runs.</summary>
/// <param name="Number">Year and month as six digits: 202602.</param>
public readonly record struct LogMonth(int Number) : IComparable<LogMonth>
{
    /// <summary>The month that an instant lies in.</summary>
    public static LogMonth Of(DateTimeOffset instant) => new(instant.UtcDateTime.Year * 100 + instant.UtcDateTime.Month);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out LogMonth month)
    {
        month = default;
        if (text.Length != 6 || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 10000 || number % 100 is < 1 or > 12) return false;
        month = new(number);
        return true;
    }

    /// <summary>When it begins.</summary>
    public DateTimeOffset Start => new(Number / 100, Number % 100, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The month after it, which begins where it ends.</summary>
    public LogMonth Next => Of(Start.AddMonths(1));

    /// <inheritdoc/>
    public int CompareTo(LogMonth other) => Number.CompareTo(other.Number);

    /// <summary>Six digits, as in the table's name.</summary>
    public override string ToString() => Number.ToString("d6", CultureInfo.InvariantCulture);
}
