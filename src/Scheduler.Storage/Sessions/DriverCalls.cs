namespace Scheduler.Storage.Sessions;

/// <summary>
/// Calls of a driver whose cancellation nobody waits for. Npgsql and MySqlConnector ask the server to stop a statement inside the token's
/// callback, over a connection of their own: where the network is silent, whoever cancels hangs, and whoever disposes of the token too.
/// </summary>
static class DriverCalls
{
    /// <summary>Ends as the call does, or is cancelled with <paramref name="stop"/>; the call then ends by itself, with whatever it holds.</summary>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (!stop.CanBeCanceled) return await call(stop);
        var driver = new CancellationTokenSource();
        var work = call(driver.Token);
        if (work.IsCompleted) return await work;
        using var _ = stop.UnsafeRegister(static source => CancelAside((CancellationTokenSource)source!), driver);
        return await work.WaitAsync(stop);
    }

    // A thread to itself: it may be there for as long as the network is silent, and the pool's are needed for everything else.
    static void CancelAside(CancellationTokenSource driver) => Task.Factory.StartNew(driver.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
