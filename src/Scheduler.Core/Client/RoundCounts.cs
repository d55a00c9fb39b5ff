using Scheduler.Running;

namespace Scheduler.Client;

/// <summary>
/// How rounds under way stand, for people and programs that look again and again: a count reads every shard of the round, so those who look within
/// a moment share one.
/// </summary>
sealed class RoundCounts
{
    static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);

    const int Capacity = 256;

    readonly Lock gate = new();
    readonly Dictionary<(long Task, long Round), (Task<RoundTotals> Totals, long ReadAt)> known = [];

    public Task<RoundTotals> GetAsync(Node node, long taskId, long round)
    {
        lock (gate)
        {
            if (known.TryGetValue((taskId, round), out var last) && !last.Totals.IsFaulted && node.Limits.StoreTime.GetElapsedTime(last.ReadAt) < Fresh) return last.Totals;
            if (known.Count >= Capacity) known.Clear();
            var totals = node.Store.CountRoundAsync(taskId, round, CancellationToken.None).AsTask();
            known[(taskId, round)] = (totals, node.Limits.StoreTime.GetTimestamp());
            return totals;
        }
    }
}
