using Scheduler.Running;

namespace Scheduler.Tests.Running;

/// <summary>Random numbers that are none.</summary>
sealed class Seeded : IRandom
{
    long last;

    public long NextId() => Interlocked.Increment(ref last);

    public double NextDouble() => 0.5;
}
