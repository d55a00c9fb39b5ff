using Scheduler.Server.Demo.Screens;

namespace Scheduler.Tests.Server;

public sealed class BlocksTests
{
    [Theory]
    [InlineData(0, "        ")]
    [InlineData(0.5, "████    ")]
    [InlineData(0.5625, "████▌   ")]
    [InlineData(1, "████████")]
    public void A_bar_is_filled_to_an_eighth_of_a_cell(double share, string expected) => Assert.Contains($"]{expected}[", Blocks.Bar(share, 8));

    [Fact]
    public void A_sparkline_shows_the_last_values_beside_the_highest() => Assert.Equal("[aqua]▄█▁[/]", Blocks.Sparkline([999, 5, 10, 0], 3));

    [Fact]
    public void A_sparkline_of_nothing_is_empty() => Assert.Equal("[aqua][/]", Blocks.Sparkline([], 3));

    [Fact]
    public void A_database_is_a_cell_of_its_own_colour()
    {
        var cells = Blocks.Heatmap([new(0, false), new(0.3, false), new(1, false), new(1, true)]);
        Assert.Equal(4, cells.Count(each => each == '█'));
        Assert.Equal(4, cells.Split('█').SkipLast(1).Distinct().Count());
    }

    [Theory]
    [InlineData(1.24, "1.2 s")]
    [InlineData(75, "1:15")]
    [InlineData(3 * 3600 + 62, "3:01:02")]
    public void A_span_is_short(double seconds, string expected) => Assert.Equal(expected, Words.Span(TimeSpan.FromSeconds(seconds)));
}
