namespace Scheduler.Running;

static class Failures
{
    /// <summary>Characters of an error that are kept with a state.</summary>
    const int Longest = 2000;

    /// <summary>Characters of a stack that are kept with a state.</summary>
    const int LongestStack = 16 * 1024;

    /// <summary>Where in the code it failed, and what was behind it, bounded.</summary>
    public static string Stack(Exception failure) => failure.ToString() is { Length: > LongestStack } text ? string.Concat(text.AsSpan(0, LongestStack - 1), "…") : failure.ToString();

    /// <summary>A failure as it is kept: its kind where the message alone says little, and bounded.</summary>
    public static string Text(Exception failure) => Bounded(failure is NonRetryableException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}");

    /// <summary>The text, cut where it is too long to keep.</summary>
    public static string Bounded(string text) => text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest - 1), "…");
}
