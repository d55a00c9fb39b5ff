using Orleans.Runtime;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Calls;

/// <summary>The silo of a node. Whatever is called there may take its time.</summary>
sealed class OneSilo(INodeGrain node) : ISiloCalls
{
    public Task<Envelope> ReadAsync(Envelope call, CancellationToken cancellationToken) => ChangeAsync(call, cancellationToken);

    public async Task<Envelope> ChangeAsync(Envelope call, CancellationToken cancellationToken)
    {
        await foreach (var answer in node.RunAsync(call, cancellationToken).WithCancellation(cancellationToken)) return answer;
        throw new OrleansException("the silo stopped without an answer");
    }

    public IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken) => node.RunAsync(call, cancellationToken);

    public IAsyncEnumerable<Envelope> WatchAsync(Envelope call, CancellationToken cancellationToken) => throw new NotSupportedException("expected a call with one answer, got one with a stream");
}
