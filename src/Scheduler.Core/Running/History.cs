namespace Scheduler.Running;

/// <summary>
/// History: executions are counted by the hour before they may be purged. They are counted some time after they ended, when no write of an
/// end can be under way any more; until then who asks counts them where they stand.
/// </summary>
sealed class History(Node node)
{
    static readonly TimeSpan BetweenPortions = TimeSpan.FromMilliseconds(50); // others want the store too

    NodeLimits Limits => node.Limits;

    public async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var counted = await RollUpAsync(node.Clock.Now - Limits.RollUpAfter, cancellationToken);
        var old = node.Clock.Now - Limits.Retention;
        while (await node.Store.PurgeAsync(old < counted ? old : counted, Limits.ReadBatch, cancellationToken) >= Limits.ReadBatch) await PauseAsync(cancellationToken);
        while (await node.Store.PurgeStatsAsync(node.Clock.Now - Limits.StatsRetention, Limits.ReadBatch, cancellationToken) >= Limits.ReadBatch) await PauseAsync(cancellationToken);
    }

    async Task<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        while (true)
        {
            var counted = await node.Store.RollUpAsync(before, cancellationToken);
            if (before - counted < TimeSpan.FromMilliseconds(1)) return counted;
            await PauseAsync(cancellationToken);
        }
    }

    Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(BetweenPortions, Limits.Time, cancellationToken);
}
