namespace Scheduler.Running;

/// <summary>
/// Whether a node reaches the store, and until when its lease lasts: for <see cref="NodeLimits.LeaseFor"/> since its last beat. Whoever beats says how it went.
/// </summary>
public sealed class Reach(NodeLimits limits)
{
    CancellationTokenSource lost = new();
    long lastBeat;
    bool cutOff;

    /// <summary>Until the lease runs out.</summary>
    public TimeSpan Left => limits.LeaseFor - limits.Time.GetElapsedTime(Volatile.Read(ref lastBeat));

    /// <summary>Whether the lease has run out, and no beat has succeeded since.</summary>
    public bool IsCutOff => Volatile.Read(ref cutOff);

    /// <summary>Whether the node reaches the store. By the time itself: a busy process may be late to notice that its lease is over.</summary>
    public bool IsConnected => !IsCutOff && Left > TimeSpan.Zero;

    /// <summary>Cancelled as soon as it is known that the store does not answer: what is asked of it then need not be waited for.</summary>
    public CancellationToken Lost => Volatile.Read(ref lost).Token;

    /// <summary>Whether the lease ran out without anybody noticing: the process was asleep.</summary>
    internal bool Overslept => Volatile.Read(ref lastBeat) is not 0 and var last && !IsCutOff && limits.Time.GetElapsedTime(last) >= limits.LeaseFor;

    /// <summary>A beat that was asked then has succeeded.</summary>
    internal void Beaten(long asked) => Volatile.Write(ref lastBeat, asked);

    /// <summary>The lease has run out.</summary>
    internal void CutOff() => Volatile.Write(ref cutOff, true);

    /// <summary>The store does not answer, in spite of all patience.</summary>
    public void Lose()
    {
        if (!Lost.IsCancellationRequested) Volatile.Read(ref lost).Cancel();
    }

    /// <summary>It answers again.</summary>
    public void Regain()
    {
        Volatile.Write(ref cutOff, false);
        if (Lost.IsCancellationRequested) Volatile.Write(ref lost, new());
    }
}
