using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Xunit;

namespace Scheduler.Tests.Logs;

public class LineBufferTests
{
    static readonly ManualTime time = new();
    static readonly LogSource one = new(ExecutionId.OfKey(1, "one"), time.GetUtcNow(), 1, 1), other = new(ExecutionId.OfKey(1, "other"), time.GetUtcNow(), 1, 1);

    static LineBuffer Buffer(LogLimits? limits = null) => new(limits ?? new(), new Clock(time), "node", 9);

    static void Add(LineBuffer buffer, LogSource source, params string[] messages)
    {
        foreach (var message in messages) buffer.Add(source, LogLineLevel.Information, null, message, null, null);
    }

    static IEnumerable<string> Messages(IEnumerable<LogEntry> entries) => entries.Select(entry => entry.Message);

    [Fact]
    public void Lines_are_readable_until_they_are_durable()
    {
        var buffer = Buffer();
        Add(buffer, one, "a", "b");
        Add(buffer, other, "x");
        var taken = buffer.Take(1);
        Add(buffer, one, "c");
        Assert.Equal(["a", "b", "c"], Messages(buffer.Of(one.Execution, null)));
        Assert.Equal(["b", "c"], Messages(buffer.Of(one.Execution, taken[0].Position)));
        Assert.Equal(4, buffer.Undurable);
        buffer.Written(taken);
        Assert.Equal(["b", "c"], Messages(buffer.Of(one.Execution, null)));
        var rest = buffer.Take(10);
        Assert.Equal(["b", "c", "x"], Messages(rest).Order());
        buffer.Written(rest);
        Assert.Equal((0, 0), (buffer.Undurable, buffer.Of(one.Execution, null).Count));
    }

    [Fact]
    public void No_two_lines_have_one_place_though_the_clock_stands()
    {
        var buffer = Buffer();
        for (var i = 0; i < 100; i++) Add(buffer, i % 2 == 0 ? one : other, "x");
        Assert.Equal(100, buffer.Take(1000).Select(entry => entry.Position).Distinct().Count());
    }

    [Fact]
    public void A_full_buffer_drops_the_oldest_of_the_noisiest_and_says_how_many()
    {
        var buffer = Buffer(new() { BufferBytes = 20 * 220 });
        Add(buffer, other, "quiet 1", "quiet 2");
        for (var i = 1; i <= 100; i++) Add(buffer, one, $"line {i}");
        var all = Messages(buffer.Take(1000)).ToList();
        Assert.Equal(["quiet 1", "quiet 2"], all.Where(message => message.StartsWith('q')));
        var kept = all.Where(message => message.StartsWith("line", StringComparison.Ordinal)).ToList();
        Assert.InRange(kept.Count, 5, 20);
        Assert.Equal("line 100", kept[^1]);
        Assert.Equal($"{100 - kept.Count} lines before this one were dropped: more was logged than could be written", Assert.Single(all.Except(kept), message => message[0] != 'q'));
        Assert.Equal(kept[0], all[all.FindIndex(message => message.Contains("dropped")) + 1]);
    }

    [Fact]
    public void A_line_larger_than_the_buffer_is_dropped_and_told()
    {
        var buffer = Buffer(new() { BufferBytes = 100 });
        Add(buffer, one, "x");
        Assert.Equal(1, buffer.Undurable);
        Assert.Equal(["1 lines before this one were dropped: more was logged than could be written"], Messages(buffer.Take(10)));
    }

    [Fact]
    public void An_execution_has_its_share_and_one_line_says_that_it_is_used_up()
    {
        var buffer = Buffer(new() { LinesPerExecution = 3 });
        Add(buffer, one, "a", "b", "c", "d", "e");
        Add(buffer, other, "x");
        Assert.Equal(["a", "b", "c", "3 lines were logged in this process, which is all that is kept of one execution: what follows is left out", "x"], Messages(buffer.Take(10)));
    }

    [Fact]
    public void Months_follow_each_other()
    {
        Assert.Equal("202612", LogMonth.Of(new(2026, 12, 31, 23, 59, 59, TimeSpan.Zero)).ToString());
        Assert.Equal("202701", LogMonth.Of(new(2026, 12, 31, 23, 59, 59, TimeSpan.FromHours(-8))).ToString());
        Assert.Equal(new LogMonth(202701), new LogMonth(202612).Next);
        Assert.True(LogMonth.TryParse("202602", out var month) && month.Start == new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.All(["202613", "202600", "2026", "x", "20260a"], text => Assert.False(LogMonth.TryParse(text, out _)));
    }
}
