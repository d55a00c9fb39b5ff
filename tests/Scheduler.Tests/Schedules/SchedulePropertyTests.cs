using FsCheck;
using FsCheck.Fluent;
using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

public class SchedulePropertyTests
{
    sealed record Case(ScheduleDefinition Schedule, DateTimeOffset CreatedAt, DateTimeOffset From, TimeSpan Span)
    {
        public DateTimeOffset Until => From + Span;
    }

    static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"];

    // Around the days on which some zone changes its clocks, half of the time.
    static readonly Gen<DateTimeOffset> Instant =
        from day in Gen.OneOf(Gen.Elements("2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-25", "2026-11-01").Select(text => At(text + "T00:00Z")),
            Gen.Choose(0, 4000).Select(days => At("2024-01-01T00:00Z").AddDays(days)))
        from milliseconds in Gen.Choose(-86_400_000, 86_400_000)
        select day.AddMilliseconds(milliseconds);

    static readonly Gen<string> Cron =
        from second in Gen.Elements("0", "30", "*/20", "5,10")
        from minute in Gen.Elements("0", "30", "*", "*/5", "7/13", "0,15,45", "10-20")
        from hour in Gen.Elements("*", "0", "1", "2", "3", "*/2", "1-4", "2,3", "0,12", "22-2")
        from day in Gen.Elements("* * ?", "* * ?", "1 * ?", "L * ?", "LW * ?", "15W * ?", "? * MON-FRI", "? * 6#3", "29 2 ?", "? * SUN")
        select $"{second} {minute} {hour} {day}";

    static readonly Gen<ScheduleDefinition> AnySchedule = Gen.OneOf(
        from cron in Cron from zone in Gen.Elements(Zones) select new ScheduleDefinition { Cron = cron, TimeZone = zone },
        from milliseconds in Gen.Choose(1, 100_000_000) select new ScheduleDefinition { Every = TimeSpan.FromMilliseconds(milliseconds) },
        from at in Instant select new ScheduleDefinition { At = at });

    static readonly Gen<Case> AnyCase =
        from schedule in AnySchedule
        from createdAt in Instant
        from start in Gen.OneOf(Gen.Constant<DateTimeOffset?>(null), Instant.Select(instant => (DateTimeOffset?)instant))
        from length in Gen.Choose(0, 400_000_000)
        from ends in Gen.Elements(false, true)
        from at in Instant
        from span in Gen.Choose(0, 200_000_000)
        select new Case(schedule with { StartAt = start, EndAt = ends ? (start ?? createdAt).AddMilliseconds(length + 1.0) : null }, createdAt, at, TimeSpan.FromMilliseconds(span));

    static void ForAll(Action<Case> holds) => Prop.ForAll(Arb.From(AnyCase), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void The_next_is_after_and_within_the_bounds() => ForAll(each =>
    {
        if (Schedule.Next(each.Schedule, each.CreatedAt, each.From) is not { } next) return;
        Assert.True(next > each.From);
        Assert.True(each.Schedule.StartAt is null || next >= each.Schedule.StartAt);
        Assert.True(each.Schedule.EndAt is null || next < each.Schedule.EndAt);
        Assert.Equal(0, next.UtcTicks % TimeSpan.TicksPerMillisecond);
    });

    [Fact]
    public void The_next_never_falls_as_time_goes_on_and_nothing_lies_between() => ForAll(each =>
    {
        var (one, other) = (Schedule.Next(each.Schedule, each.CreatedAt, each.From), Schedule.Next(each.Schedule, each.CreatedAt, each.Until));
        if (one is null) Assert.Null(other);
        else if (other is not null) Assert.True(other >= one);
        if (one > each.Until) Assert.Equal(one, other);
    });

    [Fact]
    public void The_latest_is_the_one_that_a_walk_ends_at() => ForAll(each =>
    {
        var walked = Walk(each.Schedule, each.CreatedAt, each.From.AddTicks(-1), each.Until);
        if (walked is not null) Assert.Equal(walked.Count == 0 ? null : walked[^1], Schedule.Latest(each.Schedule, each.CreatedAt, each.From, each.Until));
    });

    [Fact]
    public void The_last_are_those_that_a_walk_ends_with() => ForAll(each =>
    {
        if (Walk(each.Schedule, each.CreatedAt, each.From, each.Until) is not { } walked) return;
        foreach (var limit in new[] { 1, 7, 100 })
            Assert.Equal(walked.TakeLast(limit), Schedule.Last(each.Schedule, each.CreatedAt, each.From, each.Until, limit));
    });

    [Fact]
    public void What_names_no_clock_change_is_due_when_the_clock_shows_what_it_says() => Prop.ForAll(Arb.From(
        from minute in Gen.Choose(0, 59) from hour in Gen.Choose(0, 23) from zone in Gen.Elements(Zones) from after in Instant select (minute, hour, zone, after)), each =>
        {
            var info = TimeZoneInfo.FindSystemTimeZoneById(each.zone);
            var next = Schedule.Next(Zoned.Cron($"0 {each.minute} {each.hour} * * ?", each.zone), default, each.after)!.Value;
            var clock = TimeZoneInfo.ConvertTime(next, info);
            var named = clock.Date.Add(new TimeSpan(each.hour, each.minute, 0));
            // Either the clock shows it, for the first time, or it never does that day and this is where the gap ends.
            if (info.IsInvalidTime(named)) Assert.NotEqual(info.GetUtcOffset(next), info.GetUtcOffset(next.AddTicks(-1)));
            else Assert.Equal(named, clock.DateTime);
            if (info.IsAmbiguousTime(named)) Assert.Equal(info.GetAmbiguousTimeOffsets(named).Max(), clock.Offset);
            Assert.True(next - each.after <= TimeSpan.FromHours(25));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    /// <summary>The rules of clock changes said another way: every minute around a change is looked at, and the clock read.</summary>
    [Fact]
    public void Around_a_clock_change_a_schedule_is_due_as_the_rules_say() => Prop.ForAll(Arb.From(
        from minute in Gen.Elements("0", "30", "*", "*/5", "7/13", "0,15,45", "10-20", "59")
        from hour in Gen.Elements("*", "0", "1", "2", "3", "*/2", "1-4", "2,3", "0,12", "22-2", "0-23", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23")
        from change in Gen.Elements(("Europe/Berlin", "2026-03-29T01:00Z"), ("Europe/Berlin", "2026-10-25T01:00Z"), ("America/New_York", "2026-03-08T07:00Z"),
            ("America/New_York", "2026-11-01T06:00Z"), ("Australia/Lord_Howe", "2026-04-04T15:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30Z"))
        from start in Gen.Choose(-400 * 60, 200 * 60)
        select (minute, hour, change, start)), test =>
        {
            var each = (cron: $"0 {test.minute} {test.hour} * * ?", everySoOften: (test.minute + test.hour).IndexOfAny(['*', '/', '-']) >= 0,
                everyHour: test.hour is "*" or "0-23" || test.hour.Length > 30, zone: TimeZoneInfo.FindSystemTimeZoneById(test.change.Item1),
                at: At(test.change.Item2), from: At(test.change.Item2).AddSeconds(test.start));
            var clock = Quartz.CronExpression.Parse(each.cron).WithTimeZone(TimeZoneInfo.Utc);
            var (before, after) = (each.zone.GetUtcOffset(each.at.AddTicks(-1)), each.zone.GetUtcOffset(each.at));
            var expected = Enumerable.Range(-8 * 60, 18 * 60).Select(minutes => each.at.AddMinutes(minutes)).Where(instant =>
            {
                var shown = TimeZoneInfo.ConvertTime(instant, each.zone).DateTime;
                var isNamed = clock.IsSatisfiedBy(new(shown, TimeSpan.Zero));
                if (instant == each.at && after > before && !each.everyHour)
                    isNamed |= Enumerable.Range(1, (int)(after - before).TotalMinutes).Any(minutes => clock.IsSatisfiedBy(new(shown.AddMinutes(-minutes), TimeSpan.Zero)));
                var isAgain = instant >= each.at && instant < each.at + (before - after);
                return instant > each.from && isNamed && !(isAgain && !each.everySoOften);
            }).ToArray();
            var schedule = Zoned.Cron(each.cron, each.zone.Id);
            Assert.Equal(expected, All(schedule, default, each.from).TakeWhile(instant => instant < each.at.AddHours(10)));
            if (expected is [.., var latest]) Assert.Equal(latest, Schedule.Latest(schedule, default, each.from, each.at.AddHours(10).AddTicks(-1)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    /// <summary>Every occurrence, one after the other; null where they are too many to walk over.</summary>
    static List<DateTimeOffset>? Walk(ScheduleDefinition schedule, DateTimeOffset createdAt, DateTimeOffset after, DateTimeOffset until)
    {
        var walked = All(schedule, createdAt, after).TakeWhile(next => next <= until).Take(5000).ToList();
        return walked.Count == 5000 ? null : walked;
    }
}
