using System.Globalization;
using System.Numerics;

namespace Scheduler.Definitions;

/// <summary>
/// A pattern of names. <c>{00..63}</c> stands for a range of numbers, as wide as its first one where that begins with a zero;
/// <c>{a,b,c}</c> for each of a list; several of them multiply, the last one running fastest.
/// </summary>
sealed class NamePattern
{
    const int LongestPattern = 1000;

    /// <summary>A part of a pattern: how many texts it stands for, and the n-th of them.</summary>
    readonly record struct Part(long Count, Func<long, string> At);

    readonly List<Part> parts = [];

    /// <summary>How many names it stands for.</summary>
    public BigInteger Count => parts.Aggregate(BigInteger.One, (count, part) => count * part.Count);

    /// <summary>The names. Ask for <see cref="Count"/> before.</summary>
    public IEnumerable<string> Names() => parts.Aggregate<Part, IEnumerable<string>>([""], (names, part) => names.SelectMany(name => Texts(part).Select(text => name + text)));

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static NamePattern Parse(string pattern)
    {
        if (pattern.Length is 0 or > LongestPattern) throw new FormatException($"expected 1 to {LongestPattern} characters, got {pattern.Length}");
        var parsed = new NamePattern();
        for (var at = 0; at < pattern.Length;)
        {
            var open = pattern.IndexOf('{', at) is var found and >= 0 ? found : pattern.Length;
            var text = pattern[at..open];
            if (text.Contains('}')) throw new FormatException($"expected a \"{{\" for each \"}}\", got \"{pattern}\"");
            if (text.Length > 0) parsed.parts.Add(new(1, _ => text));
            if (open == pattern.Length) break;
            var close = pattern.IndexOf('}', open);
            if (close < 0) throw new FormatException($"expected a \"}}\" for each \"{{\", got \"{pattern}\"");
            parsed.parts.Add(ParsePart(pattern[(open + 1)..close]));
            at = close + 1;
        }
        return parsed;
    }

    static Part ParsePart(string inner)
    {
        if (inner.Split("..") is [var from, var to] && IsNumber(from) && IsNumber(to)) return Range(from, to);
        if (inner.Contains(',') && !inner.Contains('{')) return List(inner.Split(','));
        throw new FormatException($"expected a range such as {{00..63}} or a list such as {{a,b,c}}, got {{{inner}}}");
    }

    static Part Range(string from, string to)
    {
        var (first, last) = (long.Parse(from, CultureInfo.InvariantCulture), long.Parse(to, CultureInfo.InvariantCulture));
        if (first > last) throw new FormatException($"expected a range that goes up, got {{{from}..{to}}}");
        var isPadded = from.Length > 1 && from[0] == '0';
        if (isPadded && from.Length != to.Length) throw new FormatException($"expected both ends of a range with leading zeros to be equally long, got {{{from}..{to}}}");
        var format = isPadded ? $"D{from.Length}" : "D";
        return new(last - first + 1, n => (first + n).ToString(format, CultureInfo.InvariantCulture));
    }

    static Part List(string[] texts) => new(texts.Length, n => texts[n]);

    static bool IsNumber(string text) => text.Length is > 0 and <= 18 && text.All(char.IsAsciiDigit);

    static IEnumerable<string> Texts(Part part)
    {
        for (var n = 0L; n < part.Count; n++) yield return part.At(n);
    }
}
