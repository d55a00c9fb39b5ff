namespace Scheduler.Client;

/// <summary>What a client in one process wants of the other nodes.</summary>
public interface IOtherNodes
{
    /// <summary>What happens to a tenant, in this node and in all others.</summary>
    IAsyncEnumerable<SchedulerEvent> WatchAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>Has the others write the lines that they hold, so that who reads them next sees them. One that does not answer is left out.</summary>
    Task WriteLinesAsync(CancellationToken cancellationToken);

    /// <summary>Has the others read at once who is paused, limited and drained. One that does not answer hears of it with its next beat.</summary>
    Task OrdersChangedAsync(CancellationToken cancellationToken);

    /// <summary>A client in a process that has the handler and is not drained; null: there is none.</summary>
    ValueTask<ISchedulerClient?> WithHandlerAsync(string handler, CancellationToken cancellationToken);
}
