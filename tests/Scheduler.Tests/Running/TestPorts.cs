using Scheduler.Running;

namespace Scheduler.Tests.Running;

/// <summary>Work goes where .NET puts it.</summary>
sealed class Pool : IBackground
{
    public void Start(Func<Task> work) => _ = Task.Run(work);
}

/// <summary>The numbers, one after the other.</summary>
sealed class Seeded : IRandom
{
    long last;

    public long NextId() => Interlocked.Increment(ref last);

    public double NextDouble() => 0.5;
}
