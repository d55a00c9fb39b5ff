using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

/// <summary>Calendars around the changes of clocks, held against a model that knows no stretches: it looks at what the clock shows, minute by minute.</summary>
public class ExclusionPropertyTests
{
    static readonly (string Zone, string At)[] changes =
    [
        ("Europe/Berlin", "2026-03-29T01:00Z"), ("Europe/Berlin", "2026-10-25T01:00Z"), ("America/New_York", "2026-03-08T07:00Z"), ("America/New_York", "2026-11-01T06:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30Z"), ("America/Santiago", "2026-09-06T04:00Z"), ("UTC", "2026-03-29T01:00Z"),
    ];

    sealed record Case(CalendarDefinition[] Calendars, DateTimeOffset Change, DateTimeOffset At)
    {
        public Exclusions Exclusions => Exclusions.Of([.. Calendars.Select(each => new TaskCalendar(1, each))]);
    }

    static readonly Gen<WeeklyWindow> Window =
        from days in Gen.SubListOf(Enum.GetValues<Weekday>().Skip(1).ToArray()).Where(days => days.Count > 0)
        from begins in Gen.Choose(0, 24 * 4 - 1) // most changes come early in the day
        from early in Gen.Elements(true, true, false)
        from lasts in Gen.OneOf(Gen.Choose(1, 12), Gen.Choose(1, 24 * 4))
        let first = early ? begins % 20 : begins
        let last = first + lasts
        select new WeeklyWindow { Days = [.. days], From = Clock(first), To = last == 24 * 4 ? "24:00" : Clock(last % (24 * 4)) };

    static Gen<Case> AnyCase =>
        from change in Gen.Elements(changes)
        from calendars in Gen.Choose(1, 2)
        from windows in Window.ArrayOf(3)
        from days in Gen.Choose(-2, 2).ArrayOf(2)
        from mixed in Gen.Choose(0, 3)
        from minutes in Gen.Choose(-30 * 60, 30 * 60)
        from seconds in Gen.Elements(0, 0, 1, 59)
        let day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(At(change.At), TimeZoneInfo.FindSystemTimeZoneById(change.Zone)).DateTime)
        let first = new CalendarDefinition
        {
            Name = "first", TimeZone = change.Zone, Weekly = mixed == 0 ? null : windows[..mixed],
            Dates = mixed == 0 ? [Date(day.AddDays(days[0])), $"--{day.AddDays(days[1]):MM-dd}"] : mixed == 1 ? [Date(day.AddDays(days[0]))] : null,
        }
        let second = new CalendarDefinition { Name = "second", Weekly = [windows[2]] }
        select new Case(calendars == 1 ? [first] : [first, second], At(change.At), At(change.At).AddMinutes(minutes).AddSeconds(seconds));

    static void ForAll(Action<Case> holds) => Prop.ForAll(Arb.From(AnyCase), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Fact]
    public void An_instant_is_excluded_when_the_clock_shows_an_excluded_time() => ForAll(each =>
    {
        foreach (var minutes in Enumerable.Range(-180, 360))
        {
            var at = each.Change.AddMinutes(minutes);
            Assert.Equal(Model(each, at), each.Exclusions.By(at) is not null);
            Assert.Equal(Model(each, at.AddTicks(-1)), each.Exclusions.By(at.AddTicks(-1)) is not null);
        }
    });

    [Fact]
    public void The_next_free_instant_is_the_first_that_a_walk_finds() => ForAll(each =>
    {
        var whole = each.At.AddTicks(-(each.At.UtcTicks % TimeSpan.TicksPerMinute));
        var walked = Enumerable.Range(1, 9 * 24 * 60).Select(minutes => whole.AddMinutes(minutes)).Prepend(each.At).Cast<DateTimeOffset?>().FirstOrDefault(at => !Model(each, at!.Value));
        if (walked is not null) Assert.Equal(walked, each.Exclusions.FreeFrom(each.At));
    });

    [Fact]
    public void The_last_free_instant_is_the_first_that_a_walk_back_finds() => ForAll(each =>
    {
        var whole = each.At.AddTicks(-(each.At.UtcTicks % TimeSpan.TicksPerMinute));
        var walked = Enumerable.Range(0, 9 * 24 * 60).Select(minutes => whole.AddMinutes(-minutes).AddTicks(-1)).Prepend(each.At).Cast<DateTimeOffset?>().FirstOrDefault(at => !Model(each, at!.Value));
        if (walked is not null) Assert.Equal(walked, each.Exclusions.FreeUntil(each.At));
    });

    [Fact]
    public void A_schedule_is_due_at_those_of_its_times_that_are_free() => Prop.ForAll(Arb.From(
        from each in AnyCase
        from cron in Gen.Elements("0 */10 * * * ?", "0 0/30 * * * ?", "0 15 2 * * ?", "0 0 1,2,3 * * ?", "0 * 0-4 * * ?")
        select (each, cron)), test =>
        {
            var (each, schedule) = (test.each, Cron(test.cron, test.each.Calendars[0].TimeZone));
            var until = each.At.AddDays(2);
            var expected = All(schedule, default, each.At).TakeWhile(at => at <= until).Where(at => !Model(each, at)).ToArray();
            List<DateTimeOffset> found = [];
            for (var next = Schedule.Next(schedule, default, each.At, each.Exclusions); next <= until; next = Schedule.Next(schedule, default, next.Value, each.Exclusions)) found.Add(next.Value);
            Assert.Equal(expected, found);
            Assert.Equal(expected.Length == 0 ? null : expected[^1], Schedule.Latest(schedule, default, each.At.AddTicks(1), until, each.Exclusions));
            Assert.Equal(expected.TakeLast(3), Schedule.Last(schedule, default, each.At, until, 3, each.Exclusions));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(600));

    static bool Model(Case each, DateTimeOffset at) => each.Calendars.Any(calendar => Model(calendar, TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(calendar.TimeZone ?? "UTC")).DateTime));

    static bool Model(CalendarDefinition calendar, DateTime shown)
    {
        var date = shown.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (calendar.Dates?.Any(day => day == date || day == $"--{date[5..]}") == true) return true;
        return calendar.Weekly?.Any(window => Begins(window, shown) && (IsOverNight(window) || Text(shown, window.To) < 0) || IsOverNight(window) && Began(window, shown) && Text(shown, window.To) < 0) == true;

        static bool Begins(WeeklyWindow window, DateTime shown) => Names(window, shown) && Text(shown, window.From) >= 0;
        static bool Began(WeeklyWindow window, DateTime shown) => Names(window, shown.AddDays(-1));
        static bool IsOverNight(WeeklyWindow window) => string.CompareOrdinal(window.To, window.From) <= 0;
        static bool Names(WeeklyWindow window, DateTime shown) => window.Days.Any(day => day.ToString() == shown.DayOfWeek.ToString());
        // Times of one form are in the order of their text; a part of a minute belongs to it.
        static int Text(DateTime shown, string time) => string.CompareOrdinal(shown.ToString("HH:mm", CultureInfo.InvariantCulture), time);
    }

    static string Clock(int quarters) => TimeOnly.MinValue.AddMinutes(quarters * 15).ToString("HH:mm", CultureInfo.InvariantCulture);

    static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
