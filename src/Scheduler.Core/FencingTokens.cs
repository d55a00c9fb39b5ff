namespace Scheduler;

static class FencingTokens
{
    /// <summary>
    /// The token before the first run of what is made now: its creation in epoch milliseconds. A name that is deleted and made again goes on
    /// above every token that its runs had, and nobody has to remember them.
    /// </summary>
    public static long Before(DateTimeOffset now) => now.ToUnixTimeMilliseconds();
}
