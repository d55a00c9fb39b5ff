using System.Globalization;

namespace Scheduler.Server.Demo.Screens;

/// <summary>Numbers as people read them.</summary>
static class Words
{
    /// <summary>The columns of the last table.</summary>
    public static IEnumerable<(string Name, string Value)> Of(DemoResult result) =>
    [
        ("rows written", Count(result.Proof.Written)),
        ("rows seen", Count(result.Proof.Seen)),
        ("seen again", Count(result.Proof.SeenAgain)),
        ("lost", Count(result.Proof.Lost)),
        ("time", Span(result.Took)),
        ("rows/s", Count((long)result.RowsPerSecond)),
        .. result.Changes is { } changes ? [("changed", Count(changes.Written)), ("longest lag", Span(changes.LongestLag))] : Array.Empty<(string, string)>(),
    ];

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Span(TimeSpan? span) => span switch
    {
        null => "?",
        { TotalSeconds: < 60 } short_ => $"{short_.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
        { TotalHours: < 1 } => span.Value.ToString(@"m\:ss", CultureInfo.InvariantCulture),
        { } long_ => $"{(int)long_.TotalHours}:{long_:mm\\:ss}",
    };
}
