using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster;

/// <summary>A way to have a silo make a client's call.</summary>
interface ISiloCalls
{
    /// <summary>A call that changes nothing.</summary>
    Task<Envelope> ReadAsync(Envelope call, CancellationToken cancellationToken);

    /// <summary>A call that is over within a moment.</summary>
    Task<Envelope> ChangeAsync(Envelope call, CancellationToken cancellationToken);

    /// <summary>A call that takes as long as it takes.</summary>
    IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken);

    /// <summary>A call whose answer is a stream.</summary>
    IAsyncEnumerable<Envelope> WatchAsync(Envelope call, CancellationToken cancellationToken);
}

/// <summary>Whichever silo the gateway is. Streams stay with the silo that the first of them was begun in, for as long as that lives.</summary>
sealed class AnySilo(Orleans.IGrainFactory grains) : ISiloCalls
{
    readonly Guid streams = Guid.NewGuid();

    public Task<Envelope> ReadAsync(Envelope call, CancellationToken cancellationToken) => grains.GetGrain<IQueryGrain>(0).AskAsync(call, cancellationToken);

    public Task<Envelope> ChangeAsync(Envelope call, CancellationToken cancellationToken) => grains.GetGrain<ICommandGrain>(0).AskAsync(call, cancellationToken);

    public IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken) => grains.GetGrain<IStreamGrain>(streams).RunAsync(call, cancellationToken);

    public IAsyncEnumerable<Envelope> WatchAsync(Envelope call, CancellationToken cancellationToken) => grains.GetGrain<IStreamGrain>(streams).WatchAsync(call, cancellationToken);
}
