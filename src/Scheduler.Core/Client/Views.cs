using System.Text.Json;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Client;

/// <summary>States as people see them.</summary>
static class Views
{
    public static TaskView Of(TaskState task) => new()
    {
        Name = task.Definition.Name,
        Status = task.Status,
        Version = task.Revision,
        Definition = task.Definition,
        NextAt = task.Status == ScheduledTaskStatus.Enabled ? task.NextAt : null,
        LastAt = task.Watermark,
        OpenExecutions = [.. task.Open.Where(open => open.Seed.SkippedBecause is null).Select(open => open.Seed.Id.Value)],
        QuarantinedDatabases = task.Quarantined.IsEmpty ? null : [.. task.Quarantined.Select(each => each.Database)],
        ExecutionCount = task.Sequence,
        CreatedAt = task.CreatedAt,
        UpdatedAt = task.UpdatedAt,
    };

    public static ExecutionView Of(ExecutionState execution) => new()
    {
        Id = execution.Id.Value,
        Task = execution.Seed.TaskName,
        Status = execution.Status,
        Trigger = new(execution.Seed.Trigger, execution.Seed.TriggeredBy),
        RetryOf = execution.Seed.RetryOf?.Value,
        Sequence = execution.Seed.Sequence,
        ConcurrencyKey = execution.Seed.ConcurrencyKey,
        Attempt = execution.Attempt,
        ScheduledAt = execution.Seed.ScheduledAt,
        MissedSince = execution.Seed.MissedSince,
        StartedAt = execution.StartedAt,
        EndedAt = execution.EndedAt,
        Items = execution.Items,
        Rows = execution.Rows,
        Node = execution.Node,
        Result = execution.Result,
        Error = execution.Error,
    };

    /// <summary>With what lists leave out.</summary>
    public static ExecutionView Whole(ExecutionState execution) => Of(execution) with { Stack = execution.Stack, Attempts = execution.Seed.Polls ? null : [.. Attempts(execution)] };

    static IEnumerable<AttemptView> Attempts(ExecutionState execution)
    {
        foreach (var past in execution.Past) yield return new(past.Number, past.Node, past.StartedAt, past.EndedAt, past.Outcome, past.Error);
        if (execution.RunStartedAt is null) yield break;
        AttemptOutcome? outcome = execution.Status switch
        {
            ExecutionStatus.Succeeded => AttemptOutcome.Succeeded,
            ExecutionStatus.TimedOut => AttemptOutcome.TimedOut,
            ExecutionStatus.Cancelled => AttemptOutcome.Cancelled,
            ExecutionStatus.Failed => AttemptOutcome.Failed,
            _ => null,
        };
        yield return new(execution.Attempt, execution.Node, execution.RunStartedAt, execution.EndedAt, outcome, execution.HasEnded ? execution.Error : null);
    }

    public static ShardView Of(ShardState shard, TimeSpan? lag = null) => new()
    {
        Database = shard.Database,
        Table = shard.Table,
        Status = shard.Status,
        Round = shard.Status == ShardStatus.Idle ? 0 : shard.Round,
        Cursor = shard.Cursor,
        Rows = shard.Rows,
        Pages = shard.Pages,
        Node = shard.Node,
        Attempt = shard.Attempt,
        Lag = lag,
        Error = shard.Error,
        UpdatedAt = shard.UpdatedAt,
    };

    public static DeadLetterView Of(DeadLetter letter) => new()
    {
        Id = letter.Id,
        Database = letter.Database,
        Table = letter.Table,
        Cursor = letter.Cursor,
        Round = letter.Round,
        Attempts = letter.Attempts,
        Error = letter.Error,
        Row = letter.Row is { } json ? JsonElement.Parse(json) : null,
        At = letter.At,
    };

    public static NodeView Of(SeenNode seen, Node self)
    {
        var isSelf = seen.Beat.Id == self.Id;
        return new()
        {
            Id = seen.Beat.Id,
            Address = seen.Beat.Address,
            Version = seen.Beat.Version,
            Status = isSelf && self.Stopping ? NodeStatus.Stopping
                : !isSelf && self.Clock.Now - seen.LastSeenAt > self.Limits.BeatEvery * MissedBeats ? NodeStatus.Gone
                : (isSelf ? self.Orders.IsDraining : seen.DrainedAt is not null) ? (isSelf ? self.Slots.Used : seen.Beat.UsedSlots) > 0 ? NodeStatus.Draining : NodeStatus.Drained
                : seen.Beat.StandsBy ? NodeStatus.Standby : NodeStatus.Live,
            StartedAt = seen.Beat.StartedAt,
            LastSeenAt = seen.LastSeenAt,
            Slots = isSelf ? new(self.Slots.Total, self.Slots.Used) : new(seen.Beat.Slots, seen.Beat.UsedSlots),
            Handlers = [.. seen.Beat.Handlers.Order(StringComparer.Ordinal)],
        };
    }

    const int MissedBeats = 5; // a node that missed as many has ended, or is cut off

    public static ItemCounts Items(ShardCounts shards) => new(shards.Total, shards.Completed, shards.Running, shards.Failed + shards.Cancelled);

    /// <summary>How far a round has got in a database; a null execution: none has begun.</summary>
    public static DatabaseProgressView Of(DatabaseTotals database, ExecutionState? execution) => new()
    {
        Database = database.Database,
        Shards = execution?.Judge(database.Totals.Shards) ?? database.Totals.Shards,
        Rows = database.Totals.Rows,
        Pages = database.Totals.Pages,
    };

    /// <summary>How far a round has got; a null execution: none has begun.</summary>
    public static ProgressView Of(TaskState task, ExecutionState? execution, RoundTotals totals, DateTimeOffset now, TimeSpan? lag = null)
    {
        var elapsed = execution?.StartedAt is { } started ? (execution.EndedAt ?? now) - started : TimeSpan.Zero;
        var shards = execution?.Judge(totals.Shards) ?? totals.Shards;
        var ended = shards.Completed + shards.Failed + shards.Cancelled;
        return new()
        {
            Task = task.Definition.Name,
            Round = execution?.Seed.Sequence ?? 0,
            ExecutionId = execution?.Id.Value,
            Shards = shards,
            Rows = totals.Rows,
            Pages = totals.Pages,
            RowsPerSecond = elapsed > TimeSpan.Zero ? totals.Rows / elapsed.TotalSeconds : 0,
            Lag = lag,
            Eta = execution is { HasEnded: false } && ended > 0 ? elapsed * ((double)(shards.Total - ended) / ended) : null,
        };
    }

    /// <summary>A page of a list of which one more than <paramref name="limit"/> was read.</summary>
    public static Page<TView> PageOf<TState, TView>(IReadOnlyList<Stored<TState>> read, int limit, Func<TState, TView> view, Func<TState, string> cursor) =>
        read.Count <= limit ? new([.. read.Select(each => view(each.State))], null) : new([.. read.Take(limit).Select(each => view(each.State))], cursor(read[limit - 1].State));

    public static LogLine Of(LogEntry entry) => new()
    {
        Id = entry.Position.ToString(),
        At = entry.At,
        Level = entry.Level,
        Message = entry.Message,
        Exception = entry.Exception,
        Values = entry.Values is { } json ? JsonSerializer.Deserialize<JsonElement>(json) : null,
        Category = entry.Category,
        Attempt = entry.Source.Attempt,
        FencingToken = entry.Source.FencingToken,
        Node = entry.Node,
        Database = entry.Source.Database,
        Table = entry.Source.Table,
    };
}
