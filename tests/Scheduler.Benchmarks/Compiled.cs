using System.Runtime;

namespace Scheduler.Benchmarks;

/// <summary>What is measured is a process that has been up for a while.</summary>
static class Compiled
{
    /// <summary>Ends when the runtime has stopped to compile again what is called often.</summary>
    public static async Task WaitAsync()
    {
        for (long before = -1, now = JitInfo.GetCompiledMethodCount(); now != before; (before, now) = (now, JitInfo.GetCompiledMethodCount())) await Task.Delay(400);
    }
}
