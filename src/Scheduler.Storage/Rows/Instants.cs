namespace Scheduler.Storage.Rows;

/// <summary>
/// A time as two numbers: epoch milliseconds, for people and indexes, and the rest below the millisecond (units of 100 ns, four
/// decimal digits), so that a state comes back as it was. A row packs the rests of its times into one column.
/// </summary>
static class Instants
{
    const long TicksPerUnit = TimeSpan.TicksPerMillisecond;

    public static long Milliseconds(DateTimeOffset time) => Math.DivRem(time.UtcTicks, TicksPerUnit).Quotient - DateTimeOffset.UnixEpoch.UtcTicks / TicksPerUnit;

    public static long? Milliseconds(DateTimeOffset? time) => time is { } some ? Milliseconds(some) : null;

    /// <summary>The first whole millisecond at or after the time: a bound that excludes nothing that lies before it.</summary>
    public static long MillisecondsUp(DateTimeOffset time) => Milliseconds(time) + (Rest(time) > 0 ? 1 : 0);

    /// <summary>The rests of up to four times, the last one in the lowest digits.</summary>
    public static long Pack(params ReadOnlySpan<DateTimeOffset?> times)
    {
        var packed = 0L;
        foreach (var time in times) packed = packed * TicksPerUnit + (time is { } some ? Rest(some) : 0);
        return packed;
    }

    /// <summary>Takes the lowest rest off.</summary>
    public static long Unpack(ref long packed)
    {
        (packed, var rest) = Math.DivRem(packed, TicksPerUnit);
        return rest;
    }

    public static DateTimeOffset From(long milliseconds, long rest) => new(DateTimeOffset.UnixEpoch.UtcTicks + milliseconds * TicksPerUnit + rest, TimeSpan.Zero);

    public static DateTimeOffset? From(long? milliseconds, long rest) => milliseconds is { } some ? From(some, rest) : null;

    /// <summary>A time as one number: units of 100 ns since 1970.</summary>
    public static long? Units(DateTimeOffset? time) => time?.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;

    public static DateTimeOffset? OfUnits(long? units) => units is { } some ? new(DateTimeOffset.UnixEpoch.UtcTicks + some, TimeSpan.Zero) : null;

    static long Rest(DateTimeOffset time) => time.UtcTicks % TicksPerUnit;
}
