using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Client;

/// <summary>
/// How far a task's shards are behind their sources' clocks. A round that began at some instant and ended well has seen what changed up to
/// the lag before it; all clocks tick alike, so the time since is judged by our own. Where nothing changed nothing was written: then the
/// execution, which asked, speaks for its shards.
/// </summary>
/// <param name="Behind">What a round leaves out at its end.</param>
/// <param name="AllSeenAt">When the last round began that succeeded.</param>
/// <param name="Asked">The last round in which all shards were asked, and when it began.</param>
sealed record Lags(TimeSpan Behind, DateTimeOffset? AllSeenAt, (long Round, DateTimeOffset At)? Asked)
{
    /// <summary>Judged by a task's executions, the latest first; null in full mode.</summary>
    public static Lags? Of(TaskState task, IEnumerable<Stored<ExecutionState>> recent)
    {
        if (task.Definition.Handler.Shape is not { Mode: not PollingMode.Full } polling) return null;
        var rounds = recent.Select(each => each.State).Where(each => each.Seed.TaskId == task.Id && each.StartedAt is not null).ToArray();
        return new(polling.Lag, rounds.Where(each => each.Status == ExecutionStatus.Succeeded).Max(each => each.StartedAt),
            rounds.Where(each => each.Probed).MaxBy(each => each.Seed.Sequence) is { } asked ? (asked.Seed.Sequence, asked.StartedAt!.Value) : null);
    }

    /// <summary>Of the last of all shards.</summary>
    public TimeSpan? OfAll(DateTimeOffset now) => Since(AllSeenAt, now);

    /// <summary>Of one shard; null while it is not run.</summary>
    public TimeSpan? Of(ShardState shard, DateTimeOffset now)
    {
        if (shard.Status is ShardStatus.Paused or ShardStatus.Gone) return null;
        var seen = AllSeenAt;
        if (shard.Status == ShardStatus.Completed && !(shard.StartedAt <= seen)) seen = shard.StartedAt;
        if (Asked is { } asked && shard.Round < asked.Round && !(asked.At <= seen)) seen = asked.At;
        return Since(seen, now);
    }

    TimeSpan? Since(DateTimeOffset? seen, DateTimeOffset now) => seen is { } at ? (now > at ? now - at : TimeSpan.Zero) + Behind : null;
}
