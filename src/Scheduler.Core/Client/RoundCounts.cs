using Scheduler.Running;

namespace Scheduler.Client;

/// <summary>
/// How rounds under way stand, for people and programs that look again and again: a count reads every shard of the round, so those who look within
/// a moment share one.
/// </summary>
sealed class RoundCounts
{
    readonly Recent<(long Task, long Round), RoundTotals> totals = new(TimeSpan.FromMilliseconds(500), capacity: 256);

    public Task<RoundTotals> GetAsync(Node node, long taskId, long round) =>
        totals.GetAsync((taskId, round), node.Limits.StoreTime, key => node.Store.CountRoundAsync(key.Task, key.Round, CancellationToken.None).AsTask());
}
