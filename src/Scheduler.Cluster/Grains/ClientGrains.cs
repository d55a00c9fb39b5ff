using Orleans.Concurrency;
using Orleans.Placement;
using Scheduler.Cluster.Calls;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Grains;

/// <summary>Answers in the silo that the caller's gateway is: it has no state, and every silo has the database.</summary>
[StatelessWorker, Reentrant]
sealed class QueryGrain(ClientCalls calls) : Grain, IQueryGrain
{
    public Task<Envelope> AskAsync(Envelope call, CancellationToken cancellationToken) => calls.AnswerAsync(call, cancellationToken);
}

/// <inheritdoc cref="QueryGrain"/>
[StatelessWorker, Reentrant]
sealed class CommandGrain(ClientCalls calls) : Grain, ICommandGrain
{
    public Task<Envelope> AskAsync(Envelope call, CancellationToken cancellationToken) => calls.AnswerAsync(call, cancellationToken);
}

/// <summary>A client's streams, in the silo that its gateway was when the first of them began. They would not survive a move.</summary>
[PreferLocalPlacement, Reentrant, Immovable(ImmovableKind.Any)]
sealed class StreamGrain(ClientCalls calls) : Grain, IStreamGrain
{
    public IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken) => calls.RunAsync(call, cancellationToken);

    public IAsyncEnumerable<Envelope> WatchAsync(Envelope call, CancellationToken cancellationToken) => calls.WatchAsync(call, cancellationToken);
}
