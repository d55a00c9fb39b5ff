using Orleans.Concurrency;
using Scheduler.Cluster.Calls;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Grains;

/// <summary>Answers in the silo that the caller's gateway is: it has no state, and every silo has the database.</summary>
[StatelessWorker, Reentrant]
sealed class QueryGrain(ClientCalls calls) : Grain, IQueryGrain
{
    public Task<Envelope> AskAsync(Envelope call, CancellationToken cancellationToken) => calls.AnswerAsync(call, cancellationToken);

    public IAsyncEnumerable<Envelope> WatchAsync(Envelope call, CancellationToken cancellationToken) => calls.WatchAsync(call, cancellationToken);
}

/// <inheritdoc cref="QueryGrain"/>
[StatelessWorker, Reentrant]
sealed class CommandGrain(ClientCalls calls) : Grain, ICommandGrain
{
    public Task<Envelope> AskAsync(Envelope call, CancellationToken cancellationToken) => calls.AnswerAsync(call, cancellationToken);

    public IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken) => calls.RunAsync(call, cancellationToken);
}
