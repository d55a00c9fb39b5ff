namespace Scheduler.Running;

/// <summary>Why a page is not done.</summary>
/// <param name="Text">For people, bounded.</param>
/// <param name="Retryable">Whether another attempt may succeed.</param>
/// <param name="Wait">How long the next attempt has to wait at least.</param>
readonly record struct PageFailure(string Text, bool Retryable, TimeSpan Wait = default);

static class Failures
{
    /// <summary>Characters of an error that are kept with a state.</summary>
    const int Longest = 2000;

    /// <summary>A failure as it is kept: its kind where the message alone says little, and bounded.</summary>
    public static string Text(Exception failure) => Bounded(failure is NonRetryableException or RetryLaterException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}");

    /// <summary>The pause that a failure asks for; zero where it asks for none.</summary>
    public static TimeSpan Wait(Exception failure) => failure is RetryLaterException later ? later.Wait : TimeSpan.Zero;

    /// <summary>The text, cut where it is too long to keep.</summary>
    public static string Bounded(string text) => text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest - 1), "…");
}
