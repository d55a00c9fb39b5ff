using Scheduler.Running;

namespace Scheduler.Cluster.Membership;

/// <summary>The thread pool.</summary>
sealed class PoolBackground : IBackground
{
    public void Start(Func<Task> work)
    {
        // Out of the grain's turn, and without the context of the message that led here.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(work);
    }
}
