using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

public class CronTests
{
    [Theory]
    [InlineData("0 0 2 * * ?", "2026-01-31T12:00Z", "2026-02-01T02:00:00+00:00", "2026-02-02T02:00:00+00:00")]
    [InlineData("0 0 2 * * ? *", "2026-01-31T12:00Z", "2026-02-01T02:00:00+00:00", "2026-02-02T02:00:00+00:00")]
    [InlineData("*/20 * * * * *", "2026-01-01T00:00:20Z", "2026-01-01T00:00:40+00:00", "2026-01-01T00:01:00+00:00")]
    [InlineData("30 4 * * *", "2026-01-01T12:00Z", "2026-01-02T04:30:00+00:00", "2026-01-03T04:30:00+00:00")]
    [InlineData("30 4 * * 1", "2026-01-01T12:00Z", "2026-01-05T04:30:00+00:00", "2026-01-12T04:30:00+00:00")]
    [InlineData("30 4 * * 0", "2026-01-01T12:00Z", "2026-01-04T04:30:00+00:00", "2026-01-11T04:30:00+00:00")]
    [InlineData("30 4 * * 7", "2026-01-01T12:00Z", "2026-01-04T04:30:00+00:00", "2026-01-11T04:30:00+00:00")]
    [InlineData("0 0 12 L * ?", "2026-01-31T12:00Z", "2026-02-28T12:00:00+00:00", "2026-03-31T12:00:00+00:00")]
    [InlineData("0 0 12 L * ?", "2028-01-31T12:00Z", "2028-02-29T12:00:00+00:00", "2028-03-31T12:00:00+00:00")]
    [InlineData("0 0 12 LW * ?", "2026-01-01T12:00Z", "2026-01-30T12:00:00+00:00", "2026-02-27T12:00:00+00:00")]
    [InlineData("0 0 12 L-3 * ?", "2026-01-01T12:00Z", "2026-01-28T12:00:00+00:00", "2026-02-25T12:00:00+00:00")]
    [InlineData("0 0 12 15W * ?", "2026-01-20T12:00Z", "2026-02-16T12:00:00+00:00", "2026-03-16T12:00:00+00:00")]
    [InlineData("0 0 12 1W * ?", "2026-07-20T12:00Z", "2026-08-03T12:00:00+00:00", "2026-09-01T12:00:00+00:00")]
    [InlineData("0 0 12 ? * 6#3", "2026-01-01T12:00Z", "2026-01-16T12:00:00+00:00", "2026-02-20T12:00:00+00:00")]
    [InlineData("0 0 12 ? * FRI#5", "2026-01-31T12:00Z", "2026-05-29T12:00:00+00:00", "2026-07-31T12:00:00+00:00")]
    [InlineData("0 0 12 ? * 6L", "2026-01-01T12:00Z", "2026-01-30T12:00:00+00:00", "2026-02-27T12:00:00+00:00")]
    [InlineData("0 0 12 ? JAN,mar MON-FRI", "2026-01-30T12:00Z", "2026-03-02T12:00:00+00:00", "2026-03-03T12:00:00+00:00")]
    [InlineData("0 0 0 29 2 ?", "2026-01-01T12:00Z", "2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00")]
    [InlineData("0 0 0 29 2 ?", "2095-01-01T12:00Z", "2096-02-29T00:00:00+00:00", "2104-02-29T00:00:00+00:00")]
    // Two days that say something: either is enough, as cron has always had it; a * or ? says nothing.
    [InlineData("0 0 0 13 * FRI", "2026-01-10T00:00Z", "2026-01-13T00:00:00+00:00", "2026-01-16T00:00:00+00:00")]
    [InlineData("0 0 13 * 5", "2026-01-10T00:00Z", "2026-01-13T00:00:00+00:00", "2026-01-16T00:00:00+00:00")]
    [InlineData("0 0 0 13 * *", "2026-01-10T00:00Z", "2026-01-13T00:00:00+00:00", "2026-02-13T00:00:00+00:00")]
    [InlineData("0 0 0 * * MON", "2026-01-10T00:00Z", "2026-01-12T00:00:00+00:00", "2026-01-19T00:00:00+00:00")]
    [InlineData("0 0 0 * * *", "2026-01-10T00:00Z", "2026-01-11T00:00:00+00:00", "2026-01-12T00:00:00+00:00")]
    // A step says something, in five fields too; some crons would want Mondays with an odd date.
    [InlineData("0 0 */2 * 1", "2026-01-11T00:00Z", "2026-01-12T00:00:00+00:00", "2026-01-13T00:00:00+00:00")]
    [InlineData("@daily", "2026-01-01T12:00Z", "2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00")]
    public void A_cron_expression_is_due(string cron, string after, params string[] expected) => Assert.Equal(expected, Next(Cron(cron), after, 2));

    [Fact]
    public void A_cron_expression_with_a_year_ends() =>
        Assert.Equal(["2026-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"], Next(Cron("0 0 0 1 1 ? 2026-2027"), "2025-06-01T00:00Z", 5));

    [Fact]
    public void It_ends_before_the_calendar_does_in_every_zone()
    {
        foreach (var zone in new[] { "Pacific/Apia", "America/New_York", "Pacific/Kiritimati", null })
        {
            Assert.Null(Scheduler.Schedules.Schedule.Next(Cron("0 0 2 * * ?", zone), default, At("9999-12-31T23:00Z")));
            Assert.NotNull(Scheduler.Schedules.Schedule.Latest(Cron("0 0 2 * * ?", zone), default, DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
            Assert.NotNull(Scheduler.Schedules.Schedule.Next(Cron("0 0 2 * * ?", zone), default, DateTimeOffset.MinValue));
        }
    }

    [Fact]
    public void An_occurrence_is_in_utc_and_strictly_after()
    {
        var next = Scheduler.Schedules.Schedule.Next(Cron("0 0 2 * * ?", "Asia/Shanghai"), default, At("2026-01-01T17:59:59.9999999Z"));
        Assert.Equal(("2026-01-01T18:00:00.0000000+00:00"), next?.ToString("O"));
        Assert.Equal(At("2026-01-02T18:00Z"), Scheduler.Schedules.Schedule.Next(Cron("0 0 2 * * ?", "Asia/Shanghai"), default, next!.Value));
    }

    [Theory]
    // Spring: a time that does not exist is due at the first instant after the gap, once, and no day is skipped.
    [InlineData("0 30 2 * * ?", "Europe/Berlin", "2026-03-28T00:00Z", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00")]
    [InlineData("0 0,15,30 2 * * ?", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00", "2026-03-30T02:15:00+02:00")]
    [InlineData("0 */5 2 * * ?", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00", "2026-03-30T02:05:00+02:00")]
    [InlineData("0 0 2,3 * * ?", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00", "2026-03-30T03:00:00+02:00")]
    [InlineData("0 30 2 * * ?", "America/New_York", "2026-03-07T12:00Z", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00", "2026-03-10T02:30:00-04:00")]
    [InlineData("0 15 2 * * ?", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00", "2026-10-06T02:15:00+11:00")]
    [InlineData("0 45 2 * * ?", "Australia/Lord_Howe", "2026-10-03T00:00Z", "2026-10-04T02:45:00+11:00", "2026-10-05T02:45:00+11:00", "2026-10-06T02:45:00+11:00")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00", "2026-03-31T02:30:00+02:00")]
    // Spring: what names every hour has nothing to make up for.
    [InlineData("0 30 * * * ?", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-29T04:30:00+02:00")]
    [InlineData("30 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-29T04:30:00+02:00")]
    [InlineData("0 2/5 * * * ?", "Europe/Berlin", "2026-03-29T00:55Z", "2026-03-29T01:57:00+01:00", "2026-03-29T03:02:00+02:00", "2026-03-29T03:07:00+02:00")]
    // Autumn: a time that happens twice is due at the first of the two.
    [InlineData("0 30 2 * * ?", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-27T02:30:00+01:00")]
    [InlineData("0 0 2 * * ?", "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T02:00:00+02:00", "2026-10-26T02:00:00+01:00", "2026-10-27T02:00:00+01:00")]
    [InlineData("0 30 1 * * ?", "America/New_York", "2026-10-31T12:00Z", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00", "2026-11-03T01:30:00-05:00")]
    [InlineData("0 45 1 * * ?", "Australia/Lord_Howe", "2026-04-04T12:00Z", "2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30", "2026-04-07T01:45:00+10:30")]
    // Autumn: what says "every so often" goes on in real time.
    [InlineData("0 0 * * * ?", "Europe/Berlin", "2026-10-24T23:30Z", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00")]
    [InlineData("0 */20 2 * * ?", "Europe/Berlin", "2026-10-25T00:25Z", "2026-10-25T02:40:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:20:00+01:00")]
    [InlineData("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:40Z", "2026-04-05T01:45:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T01:45:00+10:30")]
    // No change of clocks.
    [InlineData("0 30 2 * * ?", "Asia/Shanghai", "2026-03-28T18:00Z", "2026-03-29T02:30:00+08:00", "2026-03-30T02:30:00+08:00", "2026-03-31T02:30:00+08:00")]
    public void Where_clocks_change_a_cron_expression_is_due(string cron, string zone, string after, string first, string second, string third)
    {
        Assert.Equal([first, second, third], Next(Cron(cron, zone), after, 3));
    }

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Asia/Shanghai")]
    [InlineData("America/Sao_Paulo")] // its gaps began at midnight: whole days without 00:00
    public void A_daily_schedule_is_due_once_each_day_whatever_its_minute(string zone)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        for (var minute = 0; minute < 240; minute += 7)
        {
            var days = All(Cron($"0 {minute % 60} {minute / 60} * * ?", zone), default, At("2014-12-31T20:00Z")).Take(5 * 365)
                .Select(next => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(next, info).DateTime).DayNumber).ToArray();
            Assert.Equal(Enumerable.Range(days[0], days.Length), days);
        }
    }
}
