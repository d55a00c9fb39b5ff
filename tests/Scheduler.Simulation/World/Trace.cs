using System.Globalization;

namespace Scheduler.Simulation;

/// <summary>One thing that happened.</summary>
/// <param name="At">Virtual time since the beginning.</param>
/// <param name="Node">Where; empty: outside of all nodes.</param>
/// <param name="Kind">What.</param>
/// <param name="Key">To whom.</param>
/// <param name="Text">More of it, for people.</param>
readonly record struct Event(TimeSpan At, string Node, string Kind, string Key, string Text)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds,9:0.0000} {Node,-6} {Kind,-18} {Key} {Text}");
}

/// <summary>Everything that happened, as a hash that two runs of a seed must share, and as lines where somebody wants to read them.</summary>
sealed class Trace(bool keep)
{
    public const ulong Basis = 14695981039346656037, Prime = 1099511628211;
    readonly List<Event> events = [];

    public ulong Hash { get; private set; } = Basis;

    public long Count { get; private set; }

    public bool Keeps => keep;

    public IReadOnlyList<Event> Events => events;

    /// <summary>Takes an event down. <paramref name="text"/> is only asked for where lines are kept.</summary>
    public void Note(TimeSpan at, string node, string kind, string key, long number, Func<string>? text = null)
    {
        Count++;
        var hash = (Hash ^ (ulong)at.Ticks) * Prime;
        hash = Fold(Fold(Fold(hash, node), kind), key);
        Hash = (hash ^ (ulong)number) * Prime;
        if (keep) events.Add(new(at, node, kind, key, text?.Invoke() ?? (number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>A hash of a text that is the same in every process.</summary>
    public static ulong HashOf(string text) => Fold(Basis, text);

    static ulong Fold(ulong hash, string text)
    {
        foreach (var each in text) hash = (hash ^ each) * Prime;
        return (hash ^ 0xFF) * Prime;
    }
}
