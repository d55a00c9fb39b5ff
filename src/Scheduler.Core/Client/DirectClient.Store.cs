using Scheduler.Running;

namespace Scheduler.Client;

/// <summary>How the client asks: nobody waits for a store of which it is known that it does not answer.</summary>
public sealed partial class DirectClient
{
    /// <summary>What was not made durable can be asked for again; what failed by the scheduler's own defect is none of its refusals.</summary>
    async Task<T> DurableAsync<T>(Task<T> asked, CancellationToken cancellationToken)
    {
        if (asked.IsCompletedSuccessfully) return await asked;
        var lost = Node.Reach.Lost;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
        try
        {
            return await asked.OrStopAsync(either.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Unknown(NoStore);
        }
        catch (NotDurableException failure) when (failure is not DefectException)
        {
            throw Unknown(failure.Message, failure);
        }
    }

    Task<T> ReadAsync<T>(Func<IStore, ValueTask<T>> read) => AnsweredAsync(read, (reason, failure) => new(SchedulerErrorKind.Unavailable, $"the store does not answer: {reason}", failure));

    /// <summary>Writes past the entities; refused where another process writes.</summary>
    Task<T> WriteAsync<T>(Func<IStore, ValueTask<T>> write) => AnsweredAsync(store =>
    {
        Node.Router.ExpectWriter();
        return write(store);
    }, Unknown);

    async Task<T> AnsweredAsync<T>(Func<IStore, ValueTask<T>> ask, Func<string, Exception?, SchedulerException> unavailable)
    {
        var node = Node;
        var lost = node.Reach.Lost;
        if (lost.IsCancellationRequested) throw unavailable(NoStore, null);
        try
        {
            var asked = ask(node.Store);
            return asked.IsCompleted ? await asked : await asked.AsTask().OrStopAsync(lost);
        }
        catch (OperationCanceledException cancelled) when (lost.IsCancellationRequested && cancelled.CancellationToken == lost)
        {
            throw unavailable(NoStore, null);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or SchedulerException))
        {
            throw unavailable(failure.Message, failure);
        }
    }

    string NoStore => $"node {Node.Id} cannot reach it; ask again, or another node";

    static SchedulerException Unknown(string reason, Exception? failure = null) => new(SchedulerErrorKind.Unavailable, $"it is not known whether this was done, ask again: {reason}", failure);
}
