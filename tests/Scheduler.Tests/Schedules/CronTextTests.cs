using FsCheck;
using FsCheck.Fluent;
using Scheduler.Schedules;
using static Scheduler.Tests.Schedules.Zoned;

namespace Scheduler.Tests.Schedules;

/// <summary>An expression says what it means, or is refused in words that say where and why.</summary>
public class CronTextTests
{
    static string? Fault(string cron) => ScheduleCheck.Check(Cron(cron)).SingleOrDefault()?.Message;

    [Theory]
    [InlineData("0 0 0 15W,1,L-3 * ?")]
    [InlineData("0 0 0 1W,15W * ?")]
    [InlineData("0 0 0 L,LW * ?")]
    [InlineData("0 0 0 L-3W * ?")]
    [InlineData("0 0 0 lw * ?")]
    [InlineData("0 0 0 L-30 * ?")]
    [InlineData("0 0 0 ? * L")]
    [InlineData("0 0 0 ? * 7L")]
    [InlineData("0 0 0 ? * fril")]
    [InlineData("0 0 0 ? * 6#5")]
    [InlineData("0 0 0 ? * MON-FRI/2")]
    [InlineData("0 0 0 ? * FRI-MON")]
    [InlineData("0 0 0 ? * MON/2")]
    [InlineData("0 0 0 1 JAN-MAR/2,dec ?")]
    [InlineData("0 0 0 1 11-2 ?")]
    [InlineData("0 /5 0-6,22-23 * * ?")]
    [InlineData("50-10/5 * * * * ?")]
    [InlineData("*,5 * * * * ?")]
    [InlineData("0 0 0 1 1 ? 2090-2099/2")]
    [InlineData("007 0 0 * * ?")]
    [InlineData("30 0 * * 0-7")]
    [InlineData("30 0 * * 7/2")]
    [InlineData("30 0 * * 6-0")]
    [InlineData("30 0 * * 7#2")]
    [InlineData("30 0 L-3 * *")]
    [InlineData("30 0 ? * FRIL")]
    [InlineData(" @Daily ")]
    [InlineData("@annually")]
    public void What_it_may_say_is_let_pass(string cron) => Assert.Null(Fault(cron));

    const string Month = "expected *, 1 to 12, JAN to DEC, a range such as JAN-MAR, or a step such as */3",
        DayOfMonth = "expected *, ?, 1 to 31, a range such as 1-7, a step such as */2, L, L-3, LW, L-3W or 15W",
        DayOfWeek = "expected *, ?, 1 to 7 (1 is Sunday), SUN to SAT, a range such as MON-FRI, a step such as */2, L, FRIL or FRI#2",
        UnixDayOfWeek = "expected *, ?, 0 to 7 (0 and 7 are Sunday), SUN to SAT, a range such as MON-FRI, a step such as */2, L, FRIL or FRI#2";

    [Theory]
    // What the library read past.
    [InlineData("0 0 0 1W-15 * ?", $"field 4, day of month: {DayOfMonth}, got \"1W-15\"")]
    [InlineData("0 0 0 15WX * ?", $"field 4, day of month: {DayOfMonth}, got \"15WX\"")]
    [InlineData("0 0 0 LW-3 * ?", $"field 4, day of month: {DayOfMonth}, got \"LW-3\"")]
    [InlineData("0 0 0 ? * 6LX", $"field 6, day of week: {DayOfWeek}, got \"6LX\"")]
    [InlineData("0 0 0 ? * MON-FRI#2", $"field 6, day of week: {DayOfWeek}, got \"MON-FRI#2\"")]
    [InlineData("0 0 0 ? FEBXYZ MON", $"field 5, month: {Month}, got \"FEBXYZ\"")]
    [InlineData("0 0 0 1 JANUS ?", $"field 5, month: {Month}, got \"JANUS\"")]
    [InlineData("0 0 0 1 FEBRUARY ?", $"field 5, month: {Month}, got \"FEBRUARY\"")]
    [InlineData("0 0 0 1,,2 * ?", $"field 4, day of month: {DayOfMonth}, got \"\" in \"1,,2\"")]
    [InlineData("0 0 0 1, * ?", $"field 4, day of month: {DayOfMonth}, got \"\" in \"1,\"")]
    [InlineData("0 0 0 ? * ,MON", $"field 6, day of week: {DayOfWeek}, got \"\" in \",MON\"")]
    [InlineData("0 0 * * ,MON", $"field 5, day of week: {UnixDayOfWeek}, got \"\" in \",MON\"")]
    [InlineData("0 0 15WX * *", $"field 3, day of month: {DayOfMonth}, got \"15WX\"")]
    // What it refused in words for programmers.
    [InlineData("0 0 0 ? * THURSDAY", $"field 6, day of week: {DayOfWeek}, got \"THURSDAY\"")]
    [InlineData("0 0 0 ? * MON-6", $"field 6, day of week: {DayOfWeek}, got \"MON-6\"")]
    [InlineData("0 0 0 ? * MON-", $"field 6, day of week: {DayOfWeek}, got \"MON-\"")]
    [InlineData("0 0 0 ? * MON#", $"field 6, day of week: {DayOfWeek}, got \"MON#\"")]
    [InlineData("0 0 0 ? * LX", $"field 6, day of week: {DayOfWeek}, got \"LX\"")]
    [InlineData("0 0 0 ? * 0", $"field 6, day of week: {DayOfWeek}, got \"0\"")]
    [InlineData("30 0 * * 8", $"field 5, day of week: {UnixDayOfWeek}, got \"8\"")]
    [InlineData("0 0 0 ? * MON,FRI#2", "field 6, day of week: expected \"FRI#2\" alone, got \"MON,FRI#2\"")]
    [InlineData("0 0 0 ? * 6L,1", "field 6, day of week: expected \"6L\" alone, got \"6L,1\"")]
    [InlineData("0 0 0 1,? * ?", "field 4, day of month: expected \"?\" alone, got \"1,?\"")]
    [InlineData("0 0 0 ?/5 * ?", $"field 4, day of month: {DayOfMonth}, got \"?/5\"")]
    [InlineData("0 0 0 32W * ?", $"field 4, day of month: {DayOfMonth}, got \"32W\"")]
    [InlineData("0 0 0 L-31 * ?", $"field 4, day of month: {DayOfMonth}, got \"L-31\"")]
    [InlineData("0 0 0 1-15W * ?", $"field 4, day of month: {DayOfMonth}, got \"1-15W\"")]
    [InlineData("H 0 0 * * ?", "field 1, seconds: expected *, 0 to 59, a range such as 10-20, or a step such as */15, got \"H\"")]
    [InlineData("? 0 0 * * ?", "field 1, seconds: expected *, 0 to 59, a range such as 10-20, or a step such as */15, got \"?\"")]
    [InlineData("0 */60 * * * ?", "field 2, minutes: expected *, 0 to 59, a range such as 10-20, or a step such as */15, got \"*/60\"")]
    [InlineData("0 0 1-2-3 * * ?", "field 3, hours: expected *, 0 to 23, a range such as 8-17, or a step such as */2, got \"1-2-3\"")]
    [InlineData("0 0 +1 * * ?", "field 3, hours: expected *, 0 to 23, a range such as 8-17, or a step such as */2, got \"+1\"")]
    [InlineData("0 0 99999999999999999999 * * ?", "field 3, hours: expected *, 0 to 23, a range such as 8-17, or a step such as */2, got \"99999999999999999999\"")]
    [InlineData("0 0 0 1 1 ? 2030-2026", "field 7, year: expected *, 1970 to 2099, a range such as 2026-2030, or a step such as 2026/2, got \"2030-2026\"")]
    [InlineData("0 0 0 1 1 ? 1969", "field 7, year: expected *, 1970 to 2099, a range such as 2026-2030, or a step such as 2026/2, got \"1969\"")]
    [InlineData("@reboot", "expected one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly")]
    [InlineData("@every 5m", "expected one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly")]
    public void What_says_nothing_clear_is_refused_in_its_own_words(string cron, string fault) =>
        Assert.Equal($"expected a cron expression of six or seven fields (seconds first) or of Unix's five, got \"{cron}\": {fault}", Fault(cron));

    /// <summary>Parts right and wrong, put together: what the grammar lets pass the library can read.</summary>
    [Fact]
    public void Whatever_is_let_pass_can_be_read() => Prop.ForAll(Arb.From(
        from isUnix in Gen.Elements(false, true)
        from times in Gen.Elements("*", "0", "59", "/5", "*/7", "3-9", "50-10", "1,2-5/2,*", "7-").ListOf(isUnix ? 1 : 2)
        from hours in Gen.Elements("*", "0", "23", "24", "*/23", "22-2/2")
        from days in Gen.Elements("*", "?", "1", "31", "L", "LW", "L-3", "L-3W", "15W", "LW-3", "1W-15", "5-1", "*/31").NonEmptyListOf()
        from months in Gen.Elements("*", "1", "12", "JAN", "dec", "JAN-MAR/2", "11-2", "FEBRUARY", "*/12", "MAR/3").NonEmptyListOf()
        from weekdays in Gen.Elements("*", "?", "0", "1", "7", "MON", "FRI-MON", "L", "6L", "FRIL", "FRI#2", "6#5", "MON-6", "SUN/3", "*/7").NonEmptyListOf()
        from year in Gen.Elements("", " *", " 2030", " 2026/2", " 2030-2099/3", " 2099-2030")
        select $"{string.Join(' ', times)} {hours} {string.Join(',', days.Take(3))} {string.Join(',', months.Take(3))} {string.Join(',', weekdays.Take(2))}{(isUnix ? "" : year)}"), cron =>
        {
            if (CronText.Fault(cron) is null) Assert.NotNull(CronOccurrences.Parse(cron));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
}
