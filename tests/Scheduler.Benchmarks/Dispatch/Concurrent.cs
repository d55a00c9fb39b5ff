namespace Scheduler.Benchmarks.Dispatch;

/// <summary>Callers side by side.</summary>
static class Concurrent
{
    /// <summary>Does it for each number below <paramref name="count"/>, so many at a time.</summary>
    public static Task ForAsync(int count, int callers, Func<int, Task> work)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;) await work(i);
        })));
    }
}
