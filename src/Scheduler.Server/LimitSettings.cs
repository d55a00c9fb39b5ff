using System.Globalization;
using Scheduler.Running;

namespace Scheduler.Server;

/// <summary>Bounds that whoever runs a server or a silo may change: <c>Scheduler:Limits</c>. Those of an application of your own are all of <see cref="NodeLimits"/>.</summary>
static class LimitSettings
{
    const string Section = "Scheduler:Limits";

    /// <summary>By name, what a text changes.</summary>
    static readonly Dictionary<string, Func<NodeLimits, string, NodeLimits>> known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Slots"] = (limits, text) => limits with { Slots = Number("Slots", text, 10_000) },
        ["OpenExecutions"] = (limits, text) => limits with { Tasks = limits.Tasks with { OpenExecutions = Number("OpenExecutions", text, 1000) } },
        ["CatchUp"] = (limits, text) => limits with { Tasks = limits.Tasks with { CatchUp = Number("CatchUp", text, 1000) } },
        ["MisfireThreshold"] = (limits, text) => limits with { Tasks = limits.Tasks with { MisfireThreshold = Duration("MisfireThreshold", text, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) } },
        ["ShardsPerTask"] = (limits, text) => limits with { ShardsPerTask = Number("ShardsPerTask", text, 1_000_000) },
        // Longer than any word of an execution is under way (an hour), and than it takes to be counted.
        ["Retention"] = (limits, text) => limits with { Retention = Duration("Retention", text, TimeSpan.FromHours(2), Longest) },
        ["StatsRetention"] = (limits, text) => limits with { StatsRetention = Duration("StatsRetention", text, TimeSpan.FromDays(1), Longest) },
        ["LogRetention"] = (limits, text) => limits with { Logs = limits.Logs with { Retention = Duration("LogRetention", text, TimeSpan.Zero, Longest) } },
    };

    static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>What the settings change.</summary>
    /// <exception cref="InvalidOperationException">One of them is not what was expected; the message names it.</exception>
    public static Func<NodeLimits, NodeLimits> Of(IConfiguration configuration)
    {
        (Func<NodeLimits, string, NodeLimits> Change, string Text)[] given = [.. configuration.GetSection(Section).GetChildren().Where(each => each.Value is not "")
            .Select(each => (known.GetValueOrDefault(each.Key) ?? throw Unknown(each.Key), each.Value ?? ""))];
        NodeLimits All(NodeLimits limits) => given.Aggregate(limits, (sofar, each) => each.Change(sofar, each.Text));
        All(new() { Time = TimeProvider.System }); // what is wrong is told before anything has begun
        return All;
    }

    static int Number(string name, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number : throw Wrong(name, $"1 to {most}", text);

    static TimeSpan Duration(string name, string text, TimeSpan least, TimeSpan most) =>
        WireText.TryDuration(text, out var duration) && duration >= least && duration <= most ? duration
        : throw Wrong(name, $"{WireText.ADuration}, from {WireText.Of(least)} to {WireText.Of(most)}", text);

    static InvalidOperationException Wrong(string name, string expected, string got) => new($"{Section}:{name}: expected {expected}, got {WireText.Quote(got)}");

    static InvalidOperationException Unknown(string name) => new($"{Section}: expected one of {string.Join(", ", known.Keys)}, got {WireText.Quote(name)}{WireText.DidYouMean(name, known.Keys)}");
}
