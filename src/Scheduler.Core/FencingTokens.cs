namespace Scheduler;

static class FencingTokens
{
    /// <summary>
    /// The token before the first run of what is made now: its creation in epoch milliseconds. A name that is deleted and made again goes on
    /// above every token that its runs had, and nobody has to remember them.
    /// </summary>
    public static long Before(DateTimeOffset now) => now.ToUnixTimeMilliseconds();

    /// <summary>
    /// The token before the first stored run of an execution, by the time at which its task decided on it: that is stored before any run begins, and no
    /// clock can change it. One run may have begun and been lost before anything of it was stored; that had the first number.
    /// </summary>
    public static long Before(DateTimeOffset decidedAt, bool mayHaveRun) => Before(decidedAt) + (mayHaveRun ? 1 : 0);
}
