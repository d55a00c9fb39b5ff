using Scheduler.Running;

namespace Scheduler.Tests.Running;

/// <summary>Work goes to the thread pool.</summary>
sealed class Pool : IBackground
{
    public void Start(Func<Task> work) => _ = Task.Run(work);
}
