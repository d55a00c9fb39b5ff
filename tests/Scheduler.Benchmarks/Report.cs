using System.Globalization;

namespace Scheduler.Benchmarks;

/// <summary>The lines that a benchmark writes.</summary>
static class Report
{
    /// <summary>For people.</summary>
    public static void Note(string line) => Console.WriteLine(line);

    /// <summary>Ours beside a peer or a limit, measured in the same run: bigger is better.</summary>
    public static void Ratio(string name, double value, double goal) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio {name} {value:0.00} goal {goal}"));

    /// <summary>A figure of this machine.</summary>
    public static void Figure(string name, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure {name} {value:0.#} {unit}"));
}
