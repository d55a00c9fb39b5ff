using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

sealed partial class FakeStore
{
    SortedDictionary<string, DeadLetter> deadLetters = new(StringComparer.Ordinal);
    SortedDictionary<string, SeenNode> nodes = new(StringComparer.Ordinal);

    public ValueTask<IReadOnlyList<Stored<ShardState>>> RetriedShardsAsync(long taskId, long retried, long round, long after, int limit, CancellationToken cancellationToken) =>
        List(Of(taskId, after).Where(shard => IsRetried(shard.State, retried) || (shard.State.Round == round && shard.State.Status is (ShardStatus.Idle or ShardStatus.Running))).Take(limit));

    public ValueTask<RoundTotals> CountRetryAsync(long taskId, long retried, long round, CancellationToken cancellationToken) => new(CountRetry([.. Of(taskId, 0).Select(shard => shard.State)], retried, round));

    public ValueTask<IReadOnlyList<DatabaseTotals>> CountDatabasesAsync(long taskId, long? retried, long round, string? after, int limit, CancellationToken cancellationToken) =>
        new([
            .. Of(taskId, 0).Select(shard => shard.State).GroupBy(shard => shard.Database, StringComparer.Ordinal).Where(each => after is null || string.CompareOrdinal(each.Key, after) > 0).OrderBy(each => each.Key, StringComparer.Ordinal)
                .Select(each => new DatabaseTotals(each.Key, (retried is { } of ? CountRetry([.. each], of, round) : CountRound(each, round)) with { LastChange = null })).Where(each => each.Totals.Shards.Total > 0).Take(limit),
        ]);

    static RoundTotals CountRetry(IReadOnlyList<ShardState> shards, long retried, long round)
    {
        var inRound = shards.Where(shard => shard.Round == round).ToArray();
        var left = shards.Count(shard => IsRetried(shard, retried));
        int Count(ShardStatus status) => inRound.Count(shard => shard.Status == status);
        return new(new(inRound.Length + left, Count(ShardStatus.Idle) + left, Count(ShardStatus.Running), Count(ShardStatus.Completed), Count(ShardStatus.Failed), Count(ShardStatus.Cancelled), Count(ShardStatus.Paused)),
            inRound.Sum(shard => shard.Rows), inRound.Sum(shard => shard.Pages), inRound.Length == 0 ? null : inRound.Max(shard => shard.UpdatedAt));
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(long taskId, (DateTimeOffset At, string Id)? after, int limit, CancellationToken cancellationToken) =>
        List(deadLetters.Values.Where(letter => letter.Shard.TaskId == taskId && (after is not { } last || letter.At > WholeMilliseconds(last.At) || (letter.At == WholeMilliseconds(last.At) && string.CompareOrdinal(letter.Id, last.Id) > 0)))
            .OrderBy(letter => letter.At).Take(limit));

    public ValueTask<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(long taskId, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        List(ids.Distinct().Where(id => deadLetters.TryGetValue(id, out var letter) && letter.Shard.TaskId == taskId).Select(id => deadLetters[id]));

    public ValueTask ReviseDeadLetterAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (deadLetters.TryGetValue(letter.Id, out var known)) deadLetters[letter.Id] = known with { Attempts = letter.Attempts, Error = Mended(letter.Error)! };
        return default;
    }

    public ValueTask<int> DeleteDeadLettersAsync(long taskId, IReadOnlyList<string>? ids, CancellationToken cancellationToken)
    {
        var gone = deadLetters.Values.Where(letter => letter.Shard.TaskId == taskId && (ids is null || ids.Contains(letter.Id))).Select(letter => letter.Id).ToArray();
        foreach (var id in gone)
            if (deadLetters.Remove(id, out var letter)) Watcher.TakenAway(letter);
        return new(gone.Length);
    }

    public ValueTask<IReadOnlyList<SeenNode>> NodesAsync(CancellationToken cancellationToken) => List(nodes.Values);

    public ValueTask<Stored<TenantState>?> ReadTenantAsync(TenantName name, CancellationToken cancellationToken) => Answer(cancellationToken, tenants.GetValueOrDefault(name.Value));

    public ValueTask<Orders> OrdersAsync(CancellationToken cancellationToken) => Answer(cancellationToken, new Orders(
        [.. tenants.Values.Select(each => each.State).Where(each => each.PausedAt is not null || each.Limit is not null).Select(each => new TenantOrder(each.Name, each.PausedAt is { } at ? WholeMilliseconds(at) : null, each.Limit))],
        [.. nodes.Values.Where(each => each.DrainedAt is not null).Select(each => each.Beat.Id)]));

    public ValueTask<IReadOnlyList<Stored<TenantState>>> TenantsInUseAsync(TenantName? after, int limit, CancellationToken cancellationToken) =>
        List(tenants.Values.Where(each => each.State.Running.Length + each.State.Waiting.Length > 0 && string.CompareOrdinal(each.State.Name.Value, after?.Value ?? "") > 0).Take(limit));

    public ValueTask<bool> DrainAsync(string node, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        if (!nodes.TryGetValue(node, out var known)) return new(false);
        nodes[node] = known with { DrainedAt = since is { } at ? WholeMilliseconds(at) : null };
        return new(true);
    }

    public ValueTask LeaveAsync(string nodeId, CancellationToken cancellationToken)
    {
        nodes.Remove(nodeId);
        return default;
    }

    static bool IsRetried(ShardState shard, long retried) => shard.Round == retried && shard.Status is (ShardStatus.Failed or ShardStatus.Cancelled);

    static DateTimeOffset WholeMilliseconds(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
}
