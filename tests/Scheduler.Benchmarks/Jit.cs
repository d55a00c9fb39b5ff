using System.Runtime;

namespace Scheduler.Benchmarks;

/// <summary>The runtime's compiler: it goes on after code has run for the first time, on the cores that are measured.</summary>
static class Jit
{
    /// <summary>Ends when it has stopped to compile again what is called often.</summary>
    public static async Task RestsAsync()
    {
        for (long before = -1, now = JitInfo.GetCompiledMethodCount(); now != before; (before, now) = (now, JitInfo.GetCompiledMethodCount())) await Task.Delay(400);
    }
}
