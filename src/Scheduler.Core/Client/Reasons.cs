using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Client;

/// <summary>Why a task or an execution does not run. It sees the store, and of what lives in memory what is in this process.</summary>
sealed class Reasons(Node node, TaskState task)
{
    /// <summary>Shards that are looked at; of more it says "at least".</summary>
    public const int MostShards = 1000;

    readonly List<WhyReason> reasons = [];
    bool blocked;

    /// <summary>Whether a run would begin now. <paramref name="open"/> are the task's open executions, the oldest first.</summary>
    public async Task<WhyView> OfTaskAsync(IReadOnlyList<ExecutionState> open, Func<ShardStatus, Task<IReadOnlyList<ShardState>>> shards)
    {
        if (task.Status == ScheduledTaskStatus.Paused) Add(true, WhyCode.Paused, "the task is paused: nothing is due until it is resumed; it can be triggered", task.UpdatedAt);
        if (open.Count > 0 && task.Definition.Overlap != OverlapPolicy.Allow)
            Add(true, WhyCode.PreviousOpen, $"execution {open[0].Id} is open, and the overlap policy is {WireText.Of(task.Definition.Overlap)}: {task.Definition.Overlap switch
            {
                OverlapPolicy.Skip => "what is due meanwhile is skipped",
                OverlapPolicy.Queue => "what is due meanwhile waits for its end",
                _ => "it is cancelled when the next one is due",
            }}", open[0].CreatedAt == default ? null : open[0].CreatedAt);
        else if (task.Status == ScheduledTaskStatus.Enabled && task.NextAt is null) Add(true, WhyCode.NoOccurrence, "the task has no further occurrence: it runs when it is triggered");
        else if (task.Status == ScheduledTaskStatus.Enabled && task.NextAt > node.Clock.Now) Add(true, WhyCode.NotDue, $"the next occurrence is due at {task.NextAt:O}");
        await HeldAsync(open.Count > 0 ? open[0] : null, shards);
        return View();
    }

    /// <summary>Whether the execution goes on.</summary>
    public async Task<WhyView> OfExecutionAsync(ExecutionState execution, Func<ShardStatus, Task<IReadOnlyList<ShardState>>> shards)
    {
        if (execution.HasEnded) Add(true, WhyCode.Ended, $"it has ended: {WireText.Of(execution.Status)}{(execution.Error is { } error ? $", {error}" : "")}", execution.EndedAt);
        else if (execution is { Status: ExecutionStatus.Waiting, Attempt: 0 }) Add(true, WhyCode.PreviousOpen, "it waits for its turn: an execution before it is open", execution.CreatedAt);
        if (!execution.HasEnded) await HeldAsync(execution, shards);
        return View();
    }

    async Task HeldAsync(ExecutionState? execution, Func<ShardStatus, Task<IReadOnlyList<ShardState>>> shards)
    {
        if (node.Stopping) Add(true, WhyCode.NodeStopping, $"node {node.Id} stops; what is open goes on in the next process");
        else if (node.Slots.IsSuspended) Add(true, WhyCode.CutOff, $"node {node.Id} cannot reach its database; what is open goes on when it can");
        var handler = task.Definition.Handler;
        var known = await node.Peers.KnownAsync(CancellationToken.None);
        if (!known.TryGetValue(handler.HandlerName, out var kind) || kind != handler.Kind)
            Add(true, WhyCode.HandlerNotRegistered, $"no handler \"{handler.HandlerName}\" of kind {WireText.Of(handler.Kind)} is registered in process {node.Id} or another that lives; it waits for one that has it");
        if (execution is { Status: ExecutionStatus.Retrying })
            Add(true, WhyCode.RetryWait, $"attempt {execution.Attempt} failed, the next begins at {execution.RetryAt:O}: {execution.Error}");
        if (handler.Kind.Polls()) await HeldShardsAsync(execution, await shards(ShardStatus.Running), await shards(ShardStatus.Paused));
        var waits = execution is { Attempt: > 0 } and ({ Status: ExecutionStatus.Waiting } or { Seed.Polls: true, Status: ExecutionStatus.Running });
        if (waits && node.Slots is { Waiting: > 0 and var waiting } slots && slots.Used == slots.Total)
            Add(execution!.Rows == 0, WhyCode.WaitingForSlot, $"all {slots.Total} run slots of node {node.Id} are in use, and {waiting} runs wait for one");
    }

    Task HeldShardsAsync(ExecutionState? execution, IReadOnlyList<ShardState> running, IReadOnlyList<ShardState> paused)
    {
        var gates = node.Sources.Find(task.Id);
        var broken = (gates?.Open() ?? []).ToDictionary(gate => gate.Database, StringComparer.Ordinal);
        var now = node.Clock.Now;
        var retrying = running.Where(shard => shard.RetryAt > now).ToArray();
        // It is held where nothing of it is left that is not.
        var isHeld = execution is not null && running.Count > 0
            && running.All(shard => shard.RetryAt > now || broken.ContainsKey(shard.Database) || task.Quarantined.Any(each => each.Database == shard.Database));

        foreach (var quarantined in task.Quarantined)
            Add(isHeld, WhyCode.DatabaseQuarantined, $"database {quarantined.Database} is in quarantine: its shards wait until it is released, and so does their round, as long as the task's timeout lets it", quarantined.Since);
        foreach (var (database, gate) in broken)
            Add(isHeld, WhyCode.BreakerOpen, $"database {database} failed again and again: its shards leave it alone until {gate.Breaker.OpenUntil:O}; {gate.Breaker.LastError}", gate.Breaker.OpenSince);
        if (retrying.Length > 0)
            Add(isHeld, WhyCode.RetryWait, $"{retrying.Length} shards wait for their next attempt, the first at {retrying.Min(shard => shard.RetryAt):O}: {retrying[0].Error}", retrying.Min(shard => shard.UpdatedAt));
        if (paused.Count > 0)
            Add(false, WhyCode.ShardsPaused, $"{(paused.Count < MostShards ? "" : "at least ")}{paused.Count} shards are paused: no round runs them until they are resumed", paused.Min(shard => shard.UpdatedAt));
        return Task.CompletedTask;
    }

    void Add(bool blocks, WhyCode code, string message, DateTimeOffset? since = null)
    {
        blocked |= blocks;
        reasons.Add(new(code, message, since));
    }

    WhyView View() => new(!blocked, reasons);
}
