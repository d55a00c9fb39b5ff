namespace Scheduler.Tests.Definitions;

public class SuggestionTests
{
    static readonly string[] Known = ["cron", "every", "at", "timeZone", "startAt", "endAt", "misfire", "pageSize"];

    [Theory]
    [InlineData("corn", "cron")] // swapped
    [InlineData("crn", "cron")] // missing
    [InlineData("croon", "cron")] // added
    [InlineData("crom", "cron")] // wrong
    [InlineData("Cron", "cron")] // case
    [InlineData("timezone", "timeZone")]
    [InlineData("PageSise", "pageSize")]
    [InlineData("startsAt", "startAt")]
    [InlineData("interval", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("zone", null)]
    public void The_nearest_known_word_is_suggested(string given, string? expected) => Assert.Equal(expected, Suggestion.For(given, Known));

    [Fact]
    public void Of_equals_the_first_is_suggested() => Assert.Equal("orders", Suggestion.For("order", ["orders", "border"]));

    [Fact]
    public void What_is_too_long_to_be_mistyped_is_not_compared() => Assert.Null(Suggestion.For(new string('a', 129), [new string('a', 128)]));
}
