using System.Collections.Concurrent;
using System.Data.Common;

namespace Scheduler.Storage.Sessions;

/// <summary>Connections to one database: a bounded number that are kept open, or as many as the driver's own pool gives.</summary>
/// <param name="source">Where they come from.</param>
/// <param name="kept">How many are kept; null: none, the driver has a pool.</param>
/// <param name="statementTimeout">How long one statement may take.</param>
sealed class SessionPool(DbDataSource source, int? kept, TimeSpan statementTimeout) : IAsyncDisposable
{
    readonly ConcurrentBag<Session> idle = [];
    readonly SemaphoreSlim? places = kept is { } count ? new(count, count) : null;
    volatile bool closed;

    public bool Keeps => places is not null;

    public int CommandTimeoutSeconds { get; } = Math.Max(1, (int)statementTimeout.TotalSeconds);

    public async ValueTask<Session> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        if (places is null) return new(await source.OpenConnectionAsync(cancellationToken), this);

        await places.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(closed, this); // it may have been closed during the wait
            return idle.TryTake(out var session) ? session : new(await source.OpenConnectionAsync(cancellationToken), this);
        }
        catch
        {
            places.Release();
            throw;
        }
    }

    public async ValueTask ReturnAsync(Session session)
    {
        if (places is null)
        {
            await session.CloseAsync();
            return;
        }
        if (session.IsSound && !closed) idle.Add(session);
        else await session.CloseAsync();
        if (closed) await CloseIdleAsync(); // it may have been put there while the pool closed
        places.Release();
    }

    public async ValueTask DisposeAsync()
    {
        closed = true;
        await CloseIdleAsync();
    }

    async ValueTask CloseIdleAsync()
    {
        while (idle.TryTake(out var session)) await session.CloseAsync();
    }
}
