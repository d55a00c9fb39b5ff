using System.Globalization;

namespace Scheduler.Handlers.Sql;

/// <summary>How a table's time column writes instants, and how the source's clock is asked in the same terms.</summary>
/// <param name="ClockSql">The source's clock as <c>2026-01-31 08:00:00.123456</c>, in the zone that the column is in; one that has none is taken for UTC, for it is only compared with values like itself.</param>
/// <param name="Resolution">The column's steps.</param>
/// <param name="Holds">What parameters that are compared with it must know.</param>
/// <param name="Text">A bound as the column would have it, for <see cref="SourceDialect.Native(string, ColumnClass)"/>.</param>
sealed record TimeColumn(string ClockSql, TimeSpan Resolution, ColumnClass Holds, Func<DateTimeOffset, string> Text)
{
    const string Form = "yyyy-MM-dd HH:mm:ss.FFFFFFF";

    /// <summary>A column of integers since 1970.</summary>
    public static TimeColumn Epoch(string utcClockSql, SqlTimeType type) => type == SqlTimeType.EpochSeconds
        ? new(utcClockSql, TimeSpan.FromSeconds(1), ColumnClass.Number, bound => bound.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
        : new(utcClockSql, TimeSpan.FromMilliseconds(1), ColumnClass.Number, bound => bound.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>A column of the database's own type, or of text.</summary>
    public static TimeColumn Timestamp(string clockSql, TimeSpan resolution, char separator = ' ', string zone = "") =>
        new(clockSql, resolution, ColumnClass.Text, bound => bound.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture).Replace(' ', separator) + zone);

    /// <summary>The steps of a type with so many digits behind the second.</summary>
    public static TimeSpan Steps(int digits) => TimeSpan.FromTicks((long)Math.Pow(10, 7 - Math.Clamp(digits, 0, 6)));

    /// <summary>What <see cref="ClockSql"/> said.</summary>
    public static DateTimeOffset Instant(string clock) => new(DateTime.ParseExact(clock, Form, CultureInfo.InvariantCulture).Ticks, TimeSpan.Zero);
}
