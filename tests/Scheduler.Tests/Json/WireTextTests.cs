using System.Text.Json;

namespace Scheduler.Tests.Json;

public sealed class WireTextTests
{
    [Theory]
    [InlineData("00:00:10", 10_000)]
    [InlineData("00:00:00.5", 500)]
    [InlineData("00:00:00.500", 500)]
    [InlineData("-00:00:01", -1_000)]
    [InlineData("1.06:00:00", 108_000_000)]
    [InlineData("23:59:59.999", 86_399_999)]
    public void Durations_are_read(string text, long milliseconds)
    {
        Assert.True(WireText.TryDuration(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData(10_000_0000, "00:00:10")]
    [InlineData(5_000_000, "00:00:00.5")]
    [InlineData(1, "00:00:00.0000001")]
    [InlineData(0, "00:00:00")]
    [InlineData(1_080_000_000_000, "1.06:00:00")]
    [InlineData(-5_000_000, "-00:00:00.5")]
    public void Durations_are_written_with_no_more_digits_than_they_have(long ticks, string text)
    {
        Assert.Equal(text, WireText.Of(TimeSpan.FromTicks(ticks)));
        Assert.True(WireText.TryDuration(text, out var back));
        Assert.Equal(ticks, back.Ticks);
    }

    [Theory]
    [InlineData("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z")]
    [InlineData("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z")]
    [InlineData("2026-01-31t00:00:00.1234567z", "2026-01-31T00:00:00.1234567Z")]
    [InlineData("2026-01-31T00:00:00.500-00:30", "2026-01-31T00:30:00.5Z")]
    public void Times_are_read_and_written_in_UTC(string text, string utc)
    {
        Assert.True(WireText.TryTime(text, out var time));
        Assert.Equal(utc, WireText.Of(time));
    }

    [Theory]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T08:00:00")]
    [InlineData("2026-01-31 08:00:00Z")]
    [InlineData("2026-01-31T08:00Z")]
    [InlineData("2026-01-31T24:00:00Z")]
    [InlineData("2026-13-31T00:00:00Z")]
    [InlineData("2026-01-31T00:00:00+25:00")]
    [InlineData("2026-01-31T00:00:00.12345678Z")]
    [InlineData("2026-01-31T00:00:00Z\n")]
    [InlineData("now")]
    [InlineData("")]
    public void Other_times_are_refused(string text) => Assert.False(WireText.TryTime(text, out _));

    [Fact]
    public void Names_of_an_enumeration_leave_out_what_stands_for_nothing() => Assert.Equal(["enabled", "paused", "deleted"], WireText.NamesOf(typeof(ScheduledTaskStatus)));

    [Fact]
    public void Answers_keep_their_letters_and_leave_out_null() => Assert.Equal(
        """{"items":[{"database":"d\"é+","table":"t"}],"next":null}""",
        JsonSerializer.Serialize(new Page<ShardName>([new("d\"é+", "t")], null), SchedulerJson.Strict));

    [Fact]
    public void A_reader_of_a_newer_answer_passes_over_what_it_does_not_know()
    {
        const string Newer = """{"kind":"manual","why":{"x":1}}""";
        Assert.Equal(new TriggerView(TriggerKind.Manual, null), JsonSerializer.Deserialize<TriggerView>(Newer, SchedulerJson.Lenient));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TriggerView>(Newer, SchedulerJson.Strict));
    }
}
