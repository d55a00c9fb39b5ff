using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

public class ScheduleTests
{
    static readonly DateTimeOffset Created = At("2026-01-01T00:00:00.5Z");
    static readonly ScheduleDefinition EveryMinute = new() { Every = TimeSpan.FromMinutes(1) };

    [Fact]
    public void A_fixed_rate_is_counted_from_the_creation_and_is_first_due_after_its_period() =>
        Assert.Equal([Created.AddMinutes(1), Created.AddMinutes(2)], All(EveryMinute, Created, DateTimeOffset.MinValue).Take(2));

    [Fact]
    public void A_fixed_rate_with_a_start_is_first_due_at_it()
    {
        var start = At("2026-02-01T10:00:30Z");
        Assert.Equal([start, start.AddMinutes(1)], All(EveryMinute with { StartAt = start }, Created, Created).Take(2));
        Assert.Equal(start.AddMinutes(1), Schedule.Next(EveryMinute with { StartAt = start }, Created, start));
    }

    [Fact]
    public void A_fixed_rate_keeps_its_phase_for_years() =>
        Assert.Equal(Created.AddYears(50).AddMinutes(1), Schedule.Next(EveryMinute, Created, Created.AddYears(50)));

    [Fact]
    public void A_fixed_rate_ends_with_the_calendar() => Assert.Null(Schedule.Next(EveryMinute, Created, DateTimeOffset.MaxValue));

    [Fact]
    public void A_single_instant_is_due_once()
    {
        var at = At("2026-05-05T05:05:05Z");
        var once = new ScheduleDefinition { At = at };
        Assert.Equal([at], All(once, Created, at.AddTicks(-1)));
        Assert.Null(Schedule.Next(once, Created, at));
        Assert.Equal(at, Schedule.Latest(once, Created, at, at));
        Assert.Null(Schedule.Latest(once, Created, at.AddTicks(1), at.AddYears(1)));
    }

    [Fact]
    public void Occurrences_are_whole_milliseconds_and_never_before_what_was_asked_for()
    {
        var odd = At("2026-05-05T05:05:05.0001234Z");
        var even = At("2026-05-05T05:05:05.001Z");
        Assert.Equal(even, Schedule.Next(new() { At = odd }, Created, odd.AddTicks(-1)));
        Assert.Equal(even, Schedule.Next(EveryMinute with { StartAt = odd }, Created, Created));
        Assert.Equal(even.AddMinutes(1).AddMilliseconds(-1), Schedule.Next(EveryMinute, odd, odd));
    }

    [Fact]
    public void Nothing_is_due_before_the_start_or_from_the_end_on()
    {
        var daily = Cron("0 0 2 * * ?") with { StartAt = At("2026-03-01T02:00Z"), EndAt = At("2026-03-03T02:00Z") };
        Assert.Equal(["2026-03-01T02:00:00+00:00", "2026-03-02T02:00:00+00:00"], Next(daily, "2026-01-01T00:00Z", 5));
        Assert.Equal(At("2026-03-02T02:00Z"), Schedule.Latest(daily, Created, Created, Created.AddYears(9)));
        Assert.Null(Schedule.Latest(daily, Created, Created, At("2026-03-01T01:59:59Z")));
        Assert.Equal([At("2026-03-01T02:00Z"), At("2026-03-02T02:00Z")], Schedule.Last(daily, Created, Created, Created.AddYears(9), 10));
    }

    [Fact]
    public void The_latest_are_found_at_once_however_long_ago_the_first_was()
    {
        var until = At("2026-01-01T00:00:00Z");
        foreach (var schedule in new[] { Cron("* * * * * ?", "Europe/Berlin"), new() { Every = TimeSpan.FromSeconds(1) } })
        {
            // A walk over half a century of seconds would take minutes.
            var last = Schedule.Last(schedule, until.AddYears(-50), until.AddYears(-50), until, 100);
            Assert.Equal(Enumerable.Range(0, 100).Select(n => until.AddSeconds(n - 99)), last);
            Assert.Equal(until, Schedule.Latest(schedule, until.AddYears(-50), until.AddYears(-50), until));
        }
    }

    [Fact]
    public void No_more_than_asked_for_are_given()
    {
        Assert.Empty(Schedule.Last(EveryMinute, Created, Created, Created.AddDays(1), 0));
        Assert.Equal([Created.AddDays(1)], Schedule.Last(EveryMinute, Created, Created, Created.AddDays(1), 1));
        Assert.Empty(Schedule.Last(EveryMinute, Created, Created.AddDays(1), Created, 5));
    }

    [Fact]
    public void Another_zone_is_another_schedule() =>
        Assert.NotEqual(Next(Cron("0 0 2 * * ?", "Asia/Shanghai"), "2026-01-01T00:00Z", 1), Next(Cron("0 0 2 * * ?", "Asia/Tokyo"), "2026-01-01T00:00Z", 1));
}
