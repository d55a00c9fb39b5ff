using System.Globalization;

namespace Scheduler;

/// <summary>
/// How far a shard has got: the native values of its time and key columns as canonical text at full precision.
/// Only the source database compares them; the scheduler stores them and hands them back.
/// </summary>
/// <param name="Time">The time column's value; null in a full pass.</param>
/// <param name="Key">The key column's value; null before the first row.</param>
public readonly record struct Cursor(string? Time, string? Key)
{
    /// <summary>Before the first row.</summary>
    public static Cursor Start => default;

    /// <summary>The cursor of a row with an integer key.</summary>
    public static Cursor At(long key) => new(null, Text(key));

    /// <summary>The cursor of a row with a text key, taken as it is.</summary>
    public static Cursor At(string key) => new(null, key);

    /// <summary>The cursor of a row with a UUID key.</summary>
    public static Cursor At(Guid key) => new(null, Text(key));

    /// <summary>The cursor of a row by its update time (full precision, 100 ns) and integer key.</summary>
    public static Cursor At(DateTime time, long key) => new(Text(time), Text(key));

    /// <summary>The cursor of a row by its update time (full precision, 100 ns) and text key.</summary>
    public static Cursor At(DateTime time, string key) => new(Text(time), key);

    /// <summary>The cursor of a row by its update time (full precision, 100 ns) and UUID key.</summary>
    public static Cursor At(DateTime time, Guid key) => new(Text(time), Text(key));

    /// <summary>The cursor of a row by an integer time column (epoch seconds, milliseconds, …) and integer key.</summary>
    public static Cursor At(long time, long key) => new(Text(time), Text(key));

    /// <summary>The cursor of a row by an integer time column (epoch seconds, milliseconds, …) and text key.</summary>
    public static Cursor At(long time, string key) => new(Text(time), key);

    /// <summary>The cursor of a row by an integer time column (epoch seconds, milliseconds, …) and UUID key.</summary>
    public static Cursor At(long time, Guid key) => new(Text(time), Text(key));

    /// <summary>The cursor of a row by a time column of text, taken as it is, and integer key.</summary>
    public static Cursor At(string time, long key) => new(time, Text(key));

    /// <summary>The cursor of a row by a time column of text, taken as it is, and text key.</summary>
    public static Cursor At(string time, string key) => new(time, key);

    /// <summary>The key as the integer it was made from; the given value before the first row.</summary>
    /// <exception cref="FormatException">The key is not an integer.</exception>
    public long KeyAsInt64(long before = long.MinValue) => Key is null ? before : long.Parse(Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>The time as the <see cref="DateTime"/> it was made from, its kind included; <see cref="DateTime.MinValue"/> before the first row.</summary>
    /// <exception cref="FormatException">The time is not one that <see cref="At(DateTime, long)"/> wrote.</exception>
    public DateTime TimeAsDateTime() => Time is null ? DateTime.MinValue : DateTime.ParseExact(Time, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    /// <summary>As people read it.</summary>
    public override string ToString() => (Time, Key) switch
    {
        (null, null) => "(start)",
        (null, _) => Key,
        _ => $"{Time} / {Key}",
    };

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
    static string Text(Guid value) => value.ToString("D");
    static string Text(DateTime value) => value.ToString("O", CultureInfo.InvariantCulture);
}
