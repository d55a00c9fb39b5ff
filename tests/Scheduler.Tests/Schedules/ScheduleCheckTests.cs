using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

public class ScheduleCheckTests
{
    static readonly DateTimeOffset Start = At("2026-01-01T00:00Z");

    static string[] Check(ScheduleDefinition schedule) => [.. ScheduleCheck.Check(schedule).Select(error => $"{error.Field}: {error.Message}")];

    public static TheoryData<string, ScheduleDefinition> Valid => new()
    {
        { "six fields", Cron("0 0 2 * * ?", "Asia/Shanghai") },
        { "seven fields", Cron("0 0 2 * * ? 2030") },
        { "five fields", Cron("0 2 * * 1-5") },
        { "a zone of its own", Cron("0 2 * * *", "UTC") },
        { "leap days", Cron("0 0 0 29 2 ?") },
        { "the shortest period", new() { Every = TimeSpan.FromMilliseconds(1) } },
        { "the longest period", new() { Every = TimeSpan.FromDays(366) } },
        { "a delay", new() { Delay = TimeSpan.FromDays(366), Jitter = TimeSpan.FromHours(1) } },
        { "a jitter of none", new() { Every = TimeSpan.FromMilliseconds(1), Jitter = TimeSpan.Zero } },
        { "a bound", Cron("0 2 * * *") with { Misfire = MisfirePolicy.CatchUp, CatchUp = 100 } },
        { "calendars", Cron("0 2 * * *") with { Calendars = [.. Enumerable.Range(0, 10).Select(n => $"c{n}")] } },
        { "an instant", new() { At = Start } },
        { "an instant long ago", new() { At = At("1900-01-01T00:00Z") } },
        { "bounds", Cron("0 2 * * *") with { StartAt = Start, EndAt = Start.AddDays(1) } },
    };

    [Theory, MemberData(nameof(Valid))]
    public void A_valid_schedule_is_let_pass(string what, ScheduleDefinition schedule) => Assert.True(Check(schedule) is [], $"{what}: {string.Join(" ", Check(schedule))}");

    public static TheoryData<ScheduleDefinition, string> Invalid => new()
    {
        { new(), "schedule: expected exactly one of cron, every, delay, at; got none" },
        { new() { Cron = "0 2 * * *", Every = TimeSpan.FromHours(1) }, "schedule: expected exactly one of cron, every, delay, at; got cron and every" },
        { Cron("61 * * * * ?"), "schedule.cron: expected a cron expression of six or seven fields (seconds first) or of Unix's five, got \"61 * * * * ?\": field 1, seconds: expected *, 0 to 59, a range such as 10-20, or a step such as */15, got \"61\"" },
        { Cron("* * * *"), "schedule.cron: expected a cron expression of six or seven fields (seconds first) or of Unix's five, got \"* * * *\": it has 4" },
        { Cron(""), "schedule.cron: expected a cron expression of six or seven fields (seconds first) or of Unix's five, got \"\": it has 0" },
        { Cron(new string('*', 1001)), "schedule.cron: expected at most 1000 characters, got 1001" },
        { Cron("0 0 0 30 2 ?"), "schedule.cron: expected a schedule that is due at some time, got one that never is: \"0 0 0 30 2 ?\"" },
        { Cron("0 0 2 * * ?") with { StartAt = Start, EndAt = Start.AddHours(2) }, "schedule.cron: expected an occurrence between startAt and endAt, got none" },
        { Cron("0 2 * * *", "Asia/Shanghia"), "schedule.timeZone: expected an IANA time zone such as \"Asia/Shanghai\", got \"Asia/Shanghia\". Did you mean \"Asia/Shanghai\"?" },
        { Cron("0 2 * * *", "Nowhere/At_All"), "schedule.timeZone: expected an IANA time zone such as \"Asia/Shanghai\", got \"Nowhere/At_All\"." },
        { Cron("0 2 * * *", "localtime"), "schedule.timeZone: expected an IANA time zone such as \"Asia/Shanghai\", got \"localtime\"." },
        { Cron("0 2 * * *", "right/Europe/Berlin"), "schedule.timeZone: expected an IANA time zone such as \"Asia/Shanghai\", got \"right/Europe/Berlin\"." },
        { new() { Every = TimeSpan.FromHours(1), TimeZone = "UTC" }, "schedule.timeZone: expected none without cron, got \"UTC\"" },
        { new() { Every = TimeSpan.Zero }, "schedule.every: expected one millisecond to 366 days, got 00:00:00" },
        { new() { Every = TimeSpan.FromDays(367) }, "schedule.every: expected one millisecond to 366 days, got 367.00:00:00" },
        { new() { Every = TimeSpan.FromMicroseconds(1500) }, "schedule.every: expected whole milliseconds, got 00:00:00.0015000" },
        { new() { Delay = TimeSpan.Zero }, "schedule.delay: expected one millisecond to 366 days, got 00:00:00" },
        { new() { Delay = TimeSpan.FromHours(1), At = Start }, "schedule: expected exactly one of cron, every, delay, at; got delay and at" },
        { new() { Every = TimeSpan.FromMinutes(1), Jitter = TimeSpan.FromMinutes(1) }, "schedule.jitter: expected less than the 00:01:00 between two occurrences, got 00:01:00" },
        { Cron("0 2 * * *") with { Jitter = TimeSpan.FromMinutes(61) }, "schedule.jitter: expected zero to one hour, got 01:01:00" },
        { Cron("0 2 * * *") with { Jitter = TimeSpan.FromTicks(1) }, "schedule.jitter: expected whole milliseconds, got 00:00:00.0000001" },
        { Cron("0 2 * * *") with { Jitter = TimeSpan.FromTicks(-1) }, "schedule.jitter: expected zero to one hour, got -00:00:00.0000001" },
        { Cron("0 2 * * *") with { CatchUp = 3 }, "schedule.catchUp: expected none unless misfire is catchUp, got 3" },
        { Cron("0 2 * * *") with { Misfire = MisfirePolicy.CatchUp, CatchUp = 101 }, "schedule.catchUp: expected 1 to 100, got 101" },
        { Cron("0 2 * * *") with { Misfire = MisfirePolicy.CatchUp, CatchUp = 0 }, "schedule.catchUp: expected 1 to 100, got 0" },
        { Cron("0 2 * * *") with { Calendars = ["a", "b", "a"] }, "schedule.calendars[2]: expected each calendar once, got \"a\" twice" },
        { Cron("0 2 * * *") with { Calendars = [""] }, "schedule.calendars[0]: expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got \"\"" },
        { Cron("0 2 * * *") with { Calendars = [.. Enumerable.Range(0, 11).Select(n => $"c{n}")] }, "schedule.calendars: expected at most 10 names, got 11" },
        { new() { At = DateTimeOffset.MinValue }, "schedule.at: expected an instant from the year 1900 to 9000, got 0001-01-01T00:00:00Z" },
        { new() { At = At("9999-12-31T23:59:51.5Z"), Jitter = TimeSpan.FromHours(1) }, "schedule.at: expected an instant from the year 1900 to 9000, got 9999-12-31T23:59:51.5Z" },
        { Cron("0 2 * * *") with { StartAt = At("1899-12-31T23:59:59Z") }, "schedule.startAt: expected an instant from the year 1900 to 9000, got 1899-12-31T23:59:59Z" },
        { Cron("0 2 * * *") with { EndAt = DateTimeOffset.MaxValue }, "schedule.endAt: expected an instant from the year 1900 to 9000, got 9999-12-31T23:59:59.9999999Z" },
        { new() { At = Start, StartAt = Start.AddDays(1) }, "schedule.at: expected an occurrence between startAt and endAt, got none" },
        { Cron("0 2 * * *") with { StartAt = Start, EndAt = Start }, "schedule.endAt: expected an instant after startAt (2026-01-01T00:00:00.0000000+00:00), got 2026-01-01T00:00:00.0000000+00:00" },
        { new() { At = Start, Misfire = 0 }, "schedule.misfire: expected one of skip, fireOnce, catchUp; got 0" },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void An_invalid_schedule_is_told_what_was_expected(ScheduleDefinition schedule, string expected) => Assert.Equal([expected], Check(schedule));

    static readonly DateTimeOffset Now = At("2026-03-04T12:00Z"), Created = Now.AddDays(-1);

    public static TheoryData<ScheduleDefinition, string> Passed => new()
    {
        { Cron("0 0 0 * * ? 2020"), "schedule.cron: expected an occurrence after now (2026-03-04T12:00:00Z), got a last one at 2020-12-31T00:00:00Z" },
        { Cron("0 0 0 * * ?") with { EndAt = At("2020-01-01T00:00Z") }, "schedule.endAt: expected an occurrence after now (2026-03-04T12:00:00Z), got a last one at 2019-12-31T00:00:00Z" },
        { new() { Every = TimeSpan.FromHours(1), EndAt = Now.AddHours(-2) }, "schedule.endAt: expected an occurrence after now (2026-03-04T12:00:00Z), got a last one at 2026-03-04T09:00:00Z" },
        { new() { Every = TimeSpan.FromDays(3), EndAt = Now.AddDays(1) }, "schedule.endAt: expected an occurrence after now (2026-03-04T12:00:00Z), got none" },
        { new() { Delay = TimeSpan.FromHours(1), EndAt = Now }, "schedule.endAt: expected an occurrence after now (2026-03-04T12:00:00Z), got none" },
    };

    [Theory, MemberData(nameof(Passed))]
    public void A_schedule_whose_time_has_passed_is_let_pass_only_where_nobody_gets_it(ScheduleDefinition schedule, string expected)
    {
        Assert.Equal([expected], ScheduleCheck.Check(schedule, now: Now, createdAt: Created).Select(error => $"{error.Field}: {error.Message}"));
        Assert.Empty(ScheduleCheck.Check(schedule));
    }

    [Fact]
    public void A_schedule_that_is_due_from_now_on_is_let_pass()
    {
        foreach (var schedule in new[] { Cron("0 0 0 * * ? 2026"), Cron("0 0 0 * * ?") with { EndAt = Now.AddDays(1) }, new() { Every = TimeSpan.FromDays(3), EndAt = Now.AddDays(3) },
            new() { Delay = TimeSpan.FromHours(1), EndAt = Now.AddTicks(1) }, new() { At = Now.AddYears(-1) } })
            Assert.Empty(ScheduleCheck.Check(schedule, now: Now, createdAt: Created));
    }

    [Theory]
    [InlineData("H H * * * ?")]
    [InlineData("0 0 2 * * ? 1969")]
    [InlineData("0 0 2 32 * ?")]
    [InlineData("0 0 2 ? * 8")]
    [InlineData("0 0 2 ? * 6#6")]
    [InlineData("0 0 25 * * ?")]
    [InlineData("a b c d e f")]
    [InlineData("0 0 2 * * ? 2026 1")]
    [InlineData("@never")]
    [InlineData("0 0/0 * * * ?")]
    [InlineData("99999999999999999999 0 0 * * ?")]
    [InlineData("0 0 2 * FOO ?")]
    public void Whatever_is_wrong_with_an_expression_is_an_error_and_no_crash(string cron) =>
        Assert.StartsWith("schedule.cron: expected ", Assert.Single(Check(Cron(cron))));
}
