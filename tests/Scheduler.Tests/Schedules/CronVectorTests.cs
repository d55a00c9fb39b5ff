using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

/// <summary>What other cron libraries publish of themselves: an expression, an instant, and the occurrence after it. Days of the week are named where the libraries count them otherwise.</summary>
public class CronVectorTests
{
    const string NewYork = "America/New_York", LordHowe = "Australia/Lord_Howe";

    [Theory]
    // Cronos: fields
    [InlineData("20 * * * * *", "2026-01-01T17:35:40Z", "2026-01-01T17:36:20Z")]
    [InlineData("10-30 * * * * *", "2026-01-01T17:35:31Z", "2026-01-01T17:36:10Z")]
    [InlineData("10/5 * * * * *", "2026-01-01T17:35:59Z", "2026-01-01T17:36:10Z")]
    [InlineData("5-8,19,20,35-41 * * * * *", "2026-01-01T17:35:21Z", "2026-01-01T17:35:35Z")]
    [InlineData("5-8,19,20,35-41 * * * * *", "2026-01-01T17:35:42Z", "2026-01-01T17:36:05Z")]
    [InlineData("55-5 * * * * ?", "2026-01-01T17:35:42Z", "2026-01-01T17:35:55Z")]
    [InlineData("55-5 * * * * ?", "2026-01-01T17:36:06Z", "2026-01-01T17:36:55Z")]
    [InlineData("0 0 0 1 * ?", "2017-04-10T00:00Z", "2017-05-01T00:00Z")]
    [InlineData("0 0 0 31 * ?", "2017-04-01T00:00Z", "2017-05-31T00:00Z")]
    [InlineData("0 0 0 ? * SAT-TUE", "2016-12-10T12:00Z", "2016-12-11T00:00Z")]
    [InlineData("* * * * 2-4,JUN,7,SEP-nov ?", "2016-01-01T00:00Z", "2016-02-01T00:00Z")]
    [InlineData("* * * * 12-2 ?", "2017-03-05T00:00Z", "2017-12-01T00:00Z")]
    // Cronos: L, W and #
    [InlineData("* * * L * ?", "2016-04-05T00:00Z", "2016-04-30T00:00Z")]
    [InlineData("* * * L-1 * ?", "2017-02-01T00:00Z", "2017-02-27T00:00Z")]
    [InlineData("* * * L-2 * ?", "2016-12-01T00:00Z", "2016-12-29T00:00Z")]
    [InlineData("* * * ? * MONL", "2017-01-01T00:00Z", "2017-01-30T00:00Z")]
    [InlineData("* * * ? * SATL", "2017-01-01T00:00Z", "2017-01-28T00:00Z")]
    [InlineData("* * * ? * SUN#1", "2016-12-10T00:00Z", "2017-01-01T00:00Z")]
    [InlineData("* * * ? * FRI#3", "2017-01-21T00:00Z", "2017-02-17T00:00Z")]
    [InlineData("0 30 10 1W * ?", "2017-04-02T00:00Z", "2017-04-03T10:30Z")]
    [InlineData("0 30 10 2W * ?", "2017-04-01T12:00Z", "2017-04-03T10:30Z")]
    [InlineData("0 30 17 7W * ?", "2017-01-06T17:45Z", "2017-02-07T17:30Z")]
    [InlineData("0 30 17 LW * ?", "2017-09-29T17:45Z", "2017-10-31T17:30Z")]
    // robfig/cron: wrapping around
    [InlineData("0 20-35/15 * * * *", "2012-07-09T15:45Z", "2012-07-09T16:20Z")]
    [InlineData("0 */15 * * * *", "2012-07-09T23:46Z", "2012-07-10T00:00Z")]
    [InlineData("0 20-35/15 * * * *", "2012-07-09T23:45Z", "2012-07-10T00:20Z")]
    [InlineData("15/35 20-35/15 * * * *", "2012-07-09T23:35:51Z", "2012-07-10T00:20:15Z")]
    [InlineData("15/35 20-35/15 1/2 * * *", "2012-07-09T23:35:51Z", "2012-07-10T01:20:15Z")]
    [InlineData("15/35 20-35/15 10-12 * * *", "2012-07-09T23:35:51Z", "2012-07-10T10:20:15Z")]
    [InlineData("15/35 20-35/15 1/2 */2 * ?", "2012-07-09T23:35:51Z", "2012-07-11T01:20:15Z")]
    [InlineData("15/35 20-35/15 * 9-20 Jul ?", "2012-07-09T23:35:51Z", "2012-07-10T00:20:15Z")]
    [InlineData("0 0 0 9 Apr-Oct ?", "2012-07-09T23:35Z", "2012-08-09T00:00Z")]
    [InlineData("0 0 0 ? Feb Mon", "2012-07-09T23:35Z", "2013-02-04T00:00Z")]
    [InlineData("0 * * * * *", "2012-12-31T23:59:45Z", "2013-01-01T00:00Z")]
    [InlineData("0 0 0 29 Feb ?", "2012-07-09T23:35Z", "2016-02-29T00:00Z")]
    [InlineData("0 30 08 ? Jul Sun", "2012-07-14T09:00Z", "2012-07-15T08:30Z")]
    [InlineData("@hourly", "2012-07-09T14:59:59Z", "2012-07-09T15:00Z")]
    [InlineData("@weekly", "2012-07-02T00:00Z", "2012-07-08T00:00Z")]
    [InlineData("@monthly", "2012-06-08T00:00Z", "2012-07-01T00:00Z")]
    // croniter: five fields
    [InlineData("*/5 * * * *", "2024-01-25T04:46Z", "2024-01-25T04:50Z")]
    [InlineData("0 */3 * * *", "2010-01-24T12:02Z", "2010-01-24T15:00Z")]
    [InlineData("0 0 */3 * *", "2010-02-24T12:09Z", "2010-02-25T00:00Z")]
    [InlineData("0 0 */3 * *", "2010-02-28T12:09Z", "2010-03-01T00:00Z")]
    [InlineData("0 0 * * *", "1996-02-28T12:00Z", "1996-02-29T00:00Z")]
    [InlineData("0 0 * * sat", "2010-02-25T00:00Z", "2010-02-27T00:00Z")]
    [InlineData("0 0 * * sat", "2010-02-27T00:00Z", "2010-03-06T00:00Z")]
    // Quartz: the examples of its documentation
    [InlineData("0 15 10 ? * 6L 2002-2005", "2002-01-01T00:00Z", "2002-01-25T10:15Z")]
    [InlineData("0 15 10 ? * 6#3", "2002-01-01T00:00Z", "2002-01-18T10:15Z")]
    [InlineData("0 0/5 14,18 * * ?", "2002-01-01T14:56Z", "2002-01-01T18:00Z")]
    [InlineData("0 10,44 14 ? 3 WED", "2002-01-01T00:00Z", "2002-03-06T14:10Z")]
    [InlineData("0 15 10 15 * ?", "2002-01-20T00:00Z", "2002-02-15T10:15Z")]
    [InlineData("0 0 12 1/5 * ?", "2002-01-07T00:00Z", "2002-01-11T12:00Z")]
    [InlineData("0 11 11 11 11 ?", "2002-12-01T00:00Z", "2003-11-11T11:11Z")]
    public void In_utc_it_is_due_as_published(string cron, string from, string expected) => Assert.Equal(At(expected), Scheduler.Schedules.Schedule.Next(Cron(cron), default, At(from)));

    [Theory]
    // Cronos: New York's spring
    [InlineData("0 */30 * * * *", NewYork, "2016-03-13T01:30-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 */30 */2 * * *", NewYork, "2016-03-13T01:30-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 1-58 */2 * * *", NewYork, "2016-03-13T01:58-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 0,30 2 * * *", NewYork, "2016-03-12T02:30-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 30 2 * * *", NewYork, "2016-03-12T02:30-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 0 */2 * * *", NewYork, "2016-03-13T00:00-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 30 0-23/2 * * *", NewYork, "2016-03-13T00:30-05:00", "2016-03-13T03:00-04:00")]
    [InlineData("0 0,59 * * * *", NewYork, "2016-03-13T01:59-05:00", "2016-03-13T03:00-04:00")]
    // Cronos: New York's autumn
    [InlineData("0 */30 */2 * * *", NewYork, "2016-11-06T01:30-04:00", "2016-11-06T02:00-05:00")]
    [InlineData("0 0 2-3 * * *", NewYork, "2016-11-06T00:30-04:00", "2016-11-06T02:00-05:00")]
    [InlineData("0 */30 * * * *", NewYork, "2016-11-06T01:30-04:00", "2016-11-06T01:00-05:00")]
    [InlineData("0 */30 * * * *", NewYork, "2016-11-06T01:30-05:00", "2016-11-06T02:00-05:00")]
    [InlineData("30 23 * * *", "America/Santiago", "2017-05-13T23:59:59-03:00", "2017-05-14T23:30-04:00")]
    // Cronos: half an hour of Lord Howe's
    [InlineData("0 */30 2 * * *", LordHowe, "2017-10-01T01:59+10:30", "2017-10-01T02:30+11:00")]
    [InlineData("0 30 2 * * *", LordHowe, "2017-10-01T01:59+10:30", "2017-10-01T02:30+11:00")]
    [InlineData("0 0,30 2 1 10 ?", LordHowe, "2017-10-01T01:45+10:30", "2017-10-01T02:30+11:00")]
    [InlineData("0 30 * * * *", LordHowe, "2017-04-02T01:59+11:00", "2017-04-02T01:30+10:30")]
    [InlineData("0 */30 1 * * *", LordHowe, "2017-04-02T01:59+11:00", "2017-04-02T01:30+10:30")]
    [InlineData("0 0-30 1 * * *", LordHowe, "2017-04-02T01:20+11:00", "2017-04-02T01:21+11:00")]
    [InlineData("*/30 30 1 * * *", LordHowe, "2017-04-02T01:30:31+11:00", "2017-04-02T01:30+10:30")]
    [InlineData("*/30 30 1 * * *", LordHowe, "2017-04-02T01:30:31+10:30", "2017-04-03T01:30+10:30")]
    // Cronos: a day that begins an hour late
    [InlineData("30 0 L * *", "Asia/Amman", "2017-03-30T23:59:59+02:00", "2017-03-31T01:00+03:00")]
    // robfig/cron: an hour that is there once
    [InlineData("0 30 2 4 Nov ?", NewYork, "2012-11-04T00:00-04:00", "2012-11-04T02:30-05:00")]
    public void Around_a_clock_change_it_is_due_as_published(string cron, string zone, string from, string expected) =>
        Assert.Equal(At(expected), Scheduler.Schedules.Schedule.Next(Cron(cron, zone), default, At(from)));

    [Theory]
    // robfig/cron passes the gap over and waits a year; here no day is skipped.
    [InlineData("0 30 2 11 Mar ?", NewYork, "2012-03-11T00:00-05:00", "2013-03-11T02:30-04:00", "2012-03-11T03:00-04:00")]
    // robfig/cron is due again in the second pass; here what names one time is due once.
    [InlineData("0 30 1 4 Nov ?", NewYork, "2012-11-04T01:45-04:00", "2012-11-04T01:30-05:00", "2013-11-04T01:30-05:00")]
    public void Where_the_rule_is_another_it_is_the_stated_one(string cron, string zone, string from, string published, string stated)
    {
        var next = Scheduler.Schedules.Schedule.Next(Cron(cron, zone), default, At(from));
        Assert.NotEqual(At(published), next);
        Assert.Equal(At(stated), next);
    }
}
