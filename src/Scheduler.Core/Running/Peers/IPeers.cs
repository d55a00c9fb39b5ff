namespace Scheduler.Running;

/// <summary>The other nodes on the same store, as this one sees them.</summary>
public interface IPeers
{
    /// <summary>Whether this node does what one of all should do.</summary>
    bool IsLeader { get; }

    /// <summary>
    /// Ids of the nodes that can run the handler, this one perhaps among them. Empty: there is none, and its work waits. Those that somebody drains
    /// are left out, unless all are drained: then its work waits there.
    /// </summary>
    ValueTask<IReadOnlyList<string>> FitAsync(string handler, CancellationToken cancellationToken);

    /// <summary>Names and kinds of the handlers that a living node can run.</summary>
    ValueTask<IReadOnlyDictionary<string, HandlerKind>> KnownAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ends when no node that was lost can run anything any more: it cancels its runs when its lease is over, and not before that may
    /// they go on elsewhere. At once where none was lost lately.
    /// </summary>
    ValueTask SettledAsync(CancellationToken cancellationToken);

    /// <summary>This node was cut off, or asleep: others may have come meanwhile whom it has not heard of.</summary>
    void Forget();
}

/// <summary>There are no others: all entities live in this node.</summary>
sealed class Alone(Node node) : IPeers
{
    readonly string[] only = [node.Id];

    public bool IsLeader => true;

    public ValueTask<IReadOnlyList<string>> FitAsync(string handler, CancellationToken cancellationToken) => new(only);

    public ValueTask<IReadOnlyDictionary<string, HandlerKind>> KnownAsync(CancellationToken cancellationToken) => new(node.Handlers.Known);

    public ValueTask SettledAsync(CancellationToken cancellationToken) => default;

    public void Forget()
    {
    }
}
