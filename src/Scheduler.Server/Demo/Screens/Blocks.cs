using System.Globalization;
using System.Text;

namespace Scheduler.Server.Demo.Screens;

/// <summary>Pictures out of block characters, as Spectre markup.</summary>
static class Blocks
{
    /// <summary>Cells of a row: as many as the founding case has databases.</summary>
    public const int Width = 64;

    const string Eighths = " ▏▎▍▌▋▊▉█", Heights = "▁▂▃▄▅▆▇█";

    public static string Bar(double share, int width)
    {
        var eighths = (int)(share * width * 8);
        var full = eighths / 8;
        var rest = width - full;
        var tip = rest == 0 ? "" : $"{Eighths[eighths % 8]}{new string(' ', rest - 1)}";
        return $"[green on grey23]{new string('█', full)}{tip}[/]";
    }

    /// <summary>One cell for each database: from dark through blue and yellow to green as its rows are done; red where a shard failed.</summary>
    public static string Heatmap(IEnumerable<DatabaseCell> databases) =>
        databases.Aggregate(new StringBuilder(), (line, cell) => line.Append(CultureInfo.InvariantCulture, $"[{Colour(cell)}]█[/]")).ToString();

    /// <summary>The last values, the highest of them at full height.</summary>
    public static string Sparkline(IReadOnlyList<double> values, int width)
    {
        var shown = values.Skip(Math.Max(0, values.Count - width)).ToList();
        var highest = shown.Count == 0 ? 0 : shown.Max();
        var line = shown.Select(value => Heights[highest <= 0 ? 0 : (int)Math.Clamp(value / highest * (Heights.Length - 1), 0, Heights.Length - 1)]);
        return $"[aqua]{string.Concat(line)}[/]";
    }

    static string Colour(DatabaseCell cell) => cell switch
    {
        { Failed: true } => "#d7263d",
        { Share: >= 1 } => "#2ecc71",
        { Share: <= 0 } => "#30343f",
        { Share: < 0.5 } => Between((0x27, 0x47, 0x8f), (0xf2, 0xc1, 0x4e), cell.Share * 2),
        _ => Between((0xf2, 0xc1, 0x4e), (0x2e, 0xb8, 0x66), cell.Share * 2 - 1),
    };

    static string Between((int R, int G, int B) from, (int R, int G, int B) to, double share)
    {
        return $"#{Mix(from.R, to.R):x2}{Mix(from.G, to.G):x2}{Mix(from.B, to.B):x2}";
        int Mix(int a, int b) => (int)Math.Round(a + (b - a) * share);
    }
}
