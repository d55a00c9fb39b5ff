using Scheduler.Running;

namespace Scheduler.Cluster.Membership;

/// <summary>Random numbers that nobody can foresee.</summary>
sealed class SystemRandom : IRandom
{
    public long NextId() => Random.Shared.NextInt64(1, long.MaxValue);

    public double NextDouble() => Random.Shared.NextDouble();
}
