namespace Scheduler.Benchmarks;

/// <summary>What this process holds on to.</summary>
static class Heap
{
    /// <summary>Bytes, after all that is nobody's any more is gone.</summary>
    public static long Bytes()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
