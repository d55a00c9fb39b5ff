using Orleans;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster;

/// <summary>Reads for those who have no database: any silo answers, from its own connections.</summary>
[Alias("scheduler.query")]
public interface IQueryGrain : IGrainWithIntegerKey
{
    /// <summary>Answers a call that changes nothing. It may be asked again.</summary>
    [Alias("ask")]
    Task<Envelope> AskAsync(Envelope call, CancellationToken cancellationToken);
}

/// <summary>Changes for those who are not in the cluster: any silo makes the call, and the entities decide.</summary>
[Alias("scheduler.command")]
public interface ICommandGrain : IGrainWithIntegerKey
{
    /// <summary>Makes a call that is over within a moment.</summary>
    [Alias("ask")]
    Task<Envelope> AskAsync(Envelope call, CancellationToken cancellationToken);
}

/// <summary>
/// The streams of one client, by a key of its own. A stream is fetched piece by piece, and only the activation that began it can go on with it:
/// of stateless workers another would be asked for the next piece, or the one that has it be collected between two.
/// </summary>
[Alias("scheduler.stream")]
public interface IStreamGrain : IGrainWithGuidKey
{
    /// <summary>
    /// Makes a call that may take as long as it has shards to tell. The one answer comes as a stream, which shows that the silo lives while
    /// it is waited for: who waits learns of its end within seconds, however long the call takes.
    /// </summary>
    [Alias("run")]
    IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken);

    /// <summary>Answers a call whose answer is a stream.</summary>
    [Alias("watch")]
    IAsyncEnumerable<Envelope> WatchAsync(Envelope call, CancellationToken cancellationToken);
}
