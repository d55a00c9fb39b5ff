namespace Scheduler;

static class Retries
{
    /// <summary>The wait after failed attempt number <paramref name="failed"/>: see <see cref="RetryPolicy"/>. <paramref name="jitter"/> is in [0, 1).</summary>
    public static TimeSpan WaitAfter(this RetryPolicy policy, int failed, double jitter)
    {
        var wait = policy.Backoff.TotalMilliseconds * Math.Pow(policy.Multiplier, failed - 1); // may be infinite: Min mends it
        return TimeSpan.FromMilliseconds(Math.Min(wait, policy.MaxBackoff.TotalMilliseconds) * (1 - 0.2 * jitter));
    }
}
