using Scheduler.Running;

namespace Scheduler.Cluster.Membership;

/// <summary>The thread pool.</summary>
sealed class PoolBackground : IBackground
{
    // Out of the grain's turn, and without the context of the message that led here.
    public void Start(Func<Task> work) => ThreadPool.UnsafeQueueUserWorkItem(Run, work, preferLocal: true);

    static void Run(Func<Task> work)
    {
        try
        {
            _ = work();
        }
        catch (Exception)
        {
            // The work has seen to it.
        }
    }
}
