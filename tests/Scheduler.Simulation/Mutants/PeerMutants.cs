using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Puts shards to whoever lives, drained or not.</summary>
sealed class GivesToTheDrained(Process process, IPeers inner) : IPeers
{
    public bool IsLeader => inner.IsLeader;

    public ValueTask<IReadOnlyList<string>> FitAsync(string handler, CancellationToken cancellationToken) => new([.. process.Alive]);

    public ValueTask<IReadOnlyDictionary<string, HandlerKind>> KnownAsync(CancellationToken cancellationToken) => inner.KnownAsync(cancellationToken);

    public ValueTask SettledAsync(CancellationToken cancellationToken) => inner.SettledAsync(cancellationToken);

    public void Forget() => inner.Forget();
}

/// <summary>Takes over at once what ran on a node that was lost.</summary>
sealed class NeverWaits(IPeers inner) : IPeers
{
    public bool IsLeader => inner.IsLeader;

    public ValueTask<IReadOnlyList<string>> FitAsync(string handler, CancellationToken cancellationToken) => inner.FitAsync(handler, cancellationToken);

    public ValueTask<IReadOnlyDictionary<string, HandlerKind>> KnownAsync(CancellationToken cancellationToken) => inner.KnownAsync(cancellationToken);

    public ValueTask SettledAsync(CancellationToken cancellationToken) => default;

    public void Forget() => inner.Forget();
}
