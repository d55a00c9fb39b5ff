using Scheduler.Storage.Sessions;

namespace Scheduler.Storage;

/// <summary>Who has the lease.</summary>
/// <param name="Epoch">The epoch; 0: nobody has ever had it.</param>
/// <param name="Holder">Which process.</param>
/// <param name="Address">Where people find it.</param>
/// <param name="Left">How long it still lasts, by the database's clock; negative: it ran out so long ago.</param>
public sealed record LeaseState(long Epoch, string Holder, string Address, TimeSpan Left)
{
    /// <summary>Whether anybody may take it.</summary>
    public bool IsFree => Left <= TimeSpan.Zero;
}

/// <summary>
/// The right to be the one process, or the one cluster, that runs what a PostgreSQL database holds: one row, by the database's time. It is lengthened by the
/// beats of the store that is written under its term, and whoever has lost it is refused by the database itself.
/// </summary>
/// <param name="store">Where the row is.</param>
/// <param name="holder">This process.</param>
/// <param name="address">Where people find it.</param>
/// <param name="lasts">How long the lease lasts after each beat.</param>
public sealed class Lease(SchedulerStore store, string holder, Func<string> address, TimeSpan lasts)
{
    /// <summary>Where people find this process.</summary>
    public string Address => address();

    /// <summary>Who has it.</summary>
    public Task<LeaseState> LookAsync(CancellationToken cancellationToken) => store.OnWriterAsync(LookAsync, cancellationToken);

    /// <summary>Takes it where it is free.</summary>
    /// <returns>This process's new term; null where another process was faster, or is there still.</returns>
    public Task<Term?> TryTakeAsync(CancellationToken cancellationToken) => store.OnWriterAsync(async (session, cancellationToken) =>
    {
        var before = await LookAsync(session, cancellationToken);
        await session.ExecuteAsync(store.Queries.TakeLease, cancellationToken, ("@holder", holder), ("@address", address()), ("@lasts", (long)lasts.TotalMilliseconds));
        var after = await LookAsync(session, cancellationToken);
        // The epoch tells a new term from the one before, which was this process's own too.
        return after.Holder == holder && after.Epoch > before.Epoch ? new Term(after.Epoch, lasts, address) : null;
    }, cancellationToken);

    /// <summary>Takes it where it is free, or where those of this holder's name have it already: all silos of a cluster are one holder.</summary>
    /// <returns>The term that they all have; null where another holder is there.</returns>
    public Task<Term?> TryShareAsync(CancellationToken cancellationToken) => store.OnWriterAsync(async (session, cancellationToken) =>
    {
        (string, object?)[] mine = [("@holder", holder), ("@address", address()), ("@lasts", (long)lasts.TotalMilliseconds)];
        if (await session.ExecuteAsync(store.Queries.ShareLease, cancellationToken, mine) == 0)
            await session.ExecuteAsync(store.Queries.TakeLease, cancellationToken, mine);
        var now = await LookAsync(session, cancellationToken);
        return now.Holder == holder && !now.IsFree ? new Term(now.Epoch, lasts, address) : null;
    }, cancellationToken);

    /// <summary>Gives it back, so that another can take it at once.</summary>
    public Task ReleaseAsync(Term term, CancellationToken cancellationToken) =>
        store.OnWriterAsync((session, cancellationToken) => session.ExecuteAsync(store.Queries.ReleaseLease, cancellationToken, ("@epoch", term.Epoch)), cancellationToken);

    async Task<LeaseState> LookAsync(Session session, CancellationToken cancellationToken) =>
        (await session.QueryAsync(store.Queries.LookAtLease, row => new LeaseState(row.GetInt64(0), row.GetString(1), row.GetString(2), TimeSpan.FromMilliseconds(row.GetInt64(3))), cancellationToken))[0];
}
