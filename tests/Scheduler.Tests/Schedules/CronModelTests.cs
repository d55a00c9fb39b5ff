using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

/// <summary>
/// Cron said another way, without any library: every minute is walked over, its clock read, and the fields asked one by one. Clocks that go
/// back show their times a second time; clocks that go on skip some, which are asked for where the gap ends.
/// </summary>
public class CronModelTests
{
    static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Kolkata"];

    /// <summary>Starts some days before a clock change, or anywhere.</summary>
    static readonly Gen<(string Zone, DateTimeOffset From)> Places = Gen.OneOf(
        from zone in Gen.Elements(Zones) from day in Gen.Choose(0, 365 * 14) from minute in Gen.Choose(0, 1439) select (zone, new DateTimeOffset(2011, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day).AddMinutes(minute)),
        from place in Gen.Elements(("Pacific/Apia", "2011-12-30T10:00Z"), ("Australia/Lord_Howe", "2024-04-06T15:00Z"), ("Australia/Lord_Howe", "2024-10-05T15:30Z"), ("Africa/Casablanca", "2024-03-10T02:00Z"),
            ("Africa/Casablanca", "2024-04-14T02:00Z"), ("Europe/Berlin", "2024-03-31T01:00Z"), ("Europe/Berlin", "2024-10-27T01:00Z"), ("America/Sao_Paulo", "2018-11-04T03:00Z"), ("America/Sao_Paulo", "2018-02-18T02:00Z"))
        from minutes in Gen.Choose(-3 * 1440, 90) select (place.Item1, At(place.Item2).AddMinutes(minutes)));

    static readonly Gen<(string Minute, string Hour, string Day, string Month, string Weekday)> Fields =
        from minute in Field(0, 59) from hour in Field(0, 23) from month in Gen.Frequency((6, Gen.Constant("*")), (1, Field(1, 12)))
        from days in Gen.OneOf(Gen.Constant(("*", "?")), Field(1, 31).Select(day => (day, "?")), Gen.Elements("L", "LW", "L-2", "1W", "15W", "31W").Select(day => (day, "?")),
            Gen.Elements("MON", "SUN", "MON-FRI", "SAT,SUN", "FRI#2", "MON#5", "TUEL", "SUNL").Select(day => ("?", day)))
        select (minute, hour, days.Item1, month, days.Item2);

    static Gen<string> Field(int low, int high)
    {
        var value = Gen.Choose(low, high);
        return Gen.OneOf(Gen.Constant("*"), value.Select(Text), from one in value from other in value select $"{Text(one)},{Text(other)}",
            from one in value from other in value select $"{Text(Math.Min(one, other))}-{Text(Math.Max(one, other))}", from step in Gen.Choose(2, 20) select $"*/{Text(step)}",
            from one in value from step in Gen.Choose(2, 20) select $"{Text(one)}/{Text(step)}");
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [Fact]
    public void A_cron_expression_is_due_as_who_walks_over_every_minute_finds() => Prop.ForAll(Arb.From(from fields in Fields from place in Places select (fields, place)), each =>
    {
        var ((minute, hour, day, month, weekday), (zoneId, from)) = each;
        var schedule = Cron($"0 {minute} {hour} {day} {month} {weekday}", zoneId);
        if (ScheduleCheck.Check(schedule).Count > 0) return; // the 31st of February
        var until = from.AddDays(5);
        var expected = Walk(each.fields, TimeZoneInfo.FindSystemTimeZoneById(zoneId), from, until).ToArray();
        Assert.Equal(expected, All(schedule, default, from).TakeWhile(at => at <= until));
        Assert.Equal(expected.TakeLast(3), Schedule.Last(schedule, default, from, until, 3));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    static IEnumerable<DateTimeOffset> Walk((string Minute, string Hour, string Day, string Month, string Weekday) fields, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        var everySoOften = $"{fields.Minute}{fields.Hour}".IndexOfAny(['*', '/', '-']) >= 0;
        var everyHour = Enumerable.Range(0, 24).All(hour => Names(fields.Hour, hour, 0, 23));
        // The latest that the clock has shown: what it shows again is not new, what it jumps over is made up for.
        var shown = TimeZoneInfo.ConvertTime(from.AddDays(-2), zone).DateTime;
        for (var at = from.AddDays(-2); at <= until; at = at.AddMinutes(1))
        {
            var clock = TimeZoneInfo.ConvertTime(at, zone).DateTime;
            var isAgain = clock <= shown && at > from.AddDays(-2);
            var isDue = Is(clock) && (!isAgain || everySoOften);
            if (!everyHour)
                for (var skipped = shown.AddMinutes(1); skipped < clock; skipped = skipped.AddMinutes(1)) isDue |= Is(skipped);
            if (clock > shown) shown = clock;
            if (isDue && at > from) yield return at;
        }

        bool Is(DateTime clock) => Names(fields.Minute, clock.Minute, 0, 59) && Names(fields.Hour, clock.Hour, 0, 23) && Names(fields.Month, clock.Month, 1, 12)
            && IsDay(fields.Day, clock) && IsWeekday(fields.Weekday, clock);
    }

    static bool Names(string field, int value, int low, int high) => field.Split(',').Any(part =>
    {
        var step = part.Split('/');
        var bounds = step[0].Split('-');
        var first = bounds[0] == "*" ? low : int.Parse(bounds[0], CultureInfo.InvariantCulture);
        var last = bounds.Length > 1 ? int.Parse(bounds[1], CultureInfo.InvariantCulture) : bounds[0] == "*" || step.Length > 1 ? high : first;
        return value >= first && value <= last && (step.Length == 1 || (value - first) % int.Parse(step[1], CultureInfo.InvariantCulture) == 0);
    });

    static bool IsDay(string field, DateTime clock)
    {
        var days = DateTime.DaysInMonth(clock.Year, clock.Month);
        if (field == "?") return true;
        if (field == "L") return clock.Day == days;
        if (field == "L-2") return clock.Day == days - 2;
        if (!field.EndsWith('W')) return Names(field, clock.Day, 1, 31);
        var wanted = field == "LW" ? days : Math.Min(days, int.Parse(field[..^1], CultureInfo.InvariantCulture));
        return clock.Day == NearestWorkday(clock.Year, clock.Month, wanted, days);
    }

    static int NearestWorkday(int year, int month, int day, int days) => new DateTime(year, month, day).DayOfWeek switch
    {
        DayOfWeek.Saturday => day == 1 ? 3 : day - 1,
        DayOfWeek.Sunday => day == days ? day - 2 : day + 1,
        _ => day,
    };

    static bool IsWeekday(string field, DateTime clock)
    {
        if (field is "?" or "*") return true;
        var name = clock.DayOfWeek.ToString()[..3].ToUpperInvariant();
        if (field == "MON-FRI") return name is not ("SAT" or "SUN");
        if (field.Contains('#')) return name == field[..3] && (clock.Day - 1) / 7 + 1 == field[4] - '0';
        if (field.EndsWith('L') && field.Length == 4) return name == field[..3] && clock.Day + 7 > DateTime.DaysInMonth(clock.Year, clock.Month);
        return field.Split(',').Contains(name);
    }
}
