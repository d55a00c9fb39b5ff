using System.Runtime.CompilerServices;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler.Client;

/// <summary>Follows an execution's lines until it has ended and all of them were told.</summary>
/// <param name="node">The node that answers; its own lines are told at once.</param>
/// <param name="lines">Reads lines of the store.</param>
/// <param name="executions">Reads an execution of the store; null: it was purged.</param>
/// <param name="others">The other nodes; null: there are none.</param>
sealed class LogTail(Node node, Func<Func<IStore, ValueTask<List<LogEntry>>>, Task<List<LogEntry>>> lines, Func<ExecutionId, Task<ExecutionState?>> executions, IOtherNodes? others)
{
    const int PageSize = 500;

    readonly HashSet<LogPosition> told = []; // those that may be read again

    LogLimits Limits => node.Logs.Limits;

    /// <summary>Whether no other process logs: what is read in order then came in order.</summary>
    bool IsAlone => node.Router is LocalRouter;

    public async IAsyncEnumerable<LogEntry> FollowAsync(ExecutionState execution, LogFilter filter, LogPosition? after, [EnumeratorCancellation] CancellationToken stop)
    {
        using var watch = node.Logs.Watch(execution.Id);
        for (var (known, from) = (after, after); ;)
        {
            var ended = await HasEndedAsync(execution.Id, stop); // before the lines: what it logged is there then
            for (var page = (IReadOnlyList<LogEntry>?)null; page is null || page.Count == PageSize;)
            {
                var next = page is null ? from : page[^1].Position;
                page = await lines(store => node.Logs.ReadAsync(store, execution, filter, next, PageSize, stop));
                foreach (var entry in page)
                {
                    if (after is { } resumed && entry.Position.CompareTo(resumed) <= 0) continue;
                    if (!IsAlone && !told.Add(entry.Position)) continue;
                    if (known is not { } last || entry.Position.CompareTo(last) > 0) known = entry.Position;
                    yield return entry;
                }
            }
            if (ended) yield break;
            from = known is { } furthest ? Settled(furthest) : null;
            await watch.ChangedAsync(Limits.LookEvery, node.Limits.Time, stop);
        }
    }

    /// <summary>Up to where no line comes any more: another process may write later than its neighbours what it logged before them.</summary>
    LogPosition Settled(LogPosition furthest)
    {
        if (IsAlone) return furthest;
        var settled = new LogPosition(furthest.Sequence - Limits.Settle.Ticks, 0);
        told.RemoveWhere(each => each.CompareTo(settled) < 0);
        return settled;
    }

    /// <summary>Whether nothing will be logged any more, and what other processes logged is written; what was purged has ended.</summary>
    async Task<bool> HasEndedAsync(ExecutionId id, CancellationToken stop)
    {
        var execution = await executions(id);
        if (execution is { EndedAt: null }) return false;
        if (execution is not null && Limits.MayBeUnwritten(execution, node.Clock.Now) && others is not null) await others.WriteLinesAsync(stop);
        return true;
    }
}
