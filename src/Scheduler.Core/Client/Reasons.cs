using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Schedules;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Client;

/// <summary>Why a task or an execution does not run. It sees the store, and of what lives in memory what is in this process.</summary>
sealed class Reasons(Node node, TaskState task)
{
    /// <summary>Shards that are looked at; of more it says "at least".</summary>
    public const int MostShards = 1000;

    readonly List<WhyReason> reasons = [];
    bool blocked;

    /// <summary>
    /// Whether a run would begin now. <paramref name="open"/> are the task's open executions, the oldest first, <paramref name="recent"/> its last ones,
    /// so many that the record of what was missed beyond the bound is among them until others have followed those that were made up for.
    /// </summary>
    public async Task<WhyView> OfTaskAsync(IReadOnlyList<ExecutionState> open, IReadOnlyList<ExecutionState> recent, Func<ShardStatus, Task<IReadOnlyList<ShardState>>> shards)
    {
        Hold();
        if (task.IsFull) Add(true, WhyCode.OpenListFull, $"{task.Open.Length} executions of the task have not been heard of, which is the most: nothing more is decided until some are");
        if (task.Status == ScheduledTaskStatus.Paused) Add(true, WhyCode.Paused, "the task is paused: nothing is due until it is resumed; it can be triggered", task.UpdatedAt);
        if (open.Count > 0 && task.Definition.Overlap != OverlapPolicy.Allow)
            Add(true, WhyCode.PreviousOpen, $"execution {open[0].Id} is open, and the overlap policy is {WireText.Of(task.Definition.Overlap)}: {task.Definition.Overlap switch
            {
                OverlapPolicy.Skip => "what is due meanwhile is skipped",
                OverlapPolicy.Queue => "what is due meanwhile waits for its end",
                _ => "it is cancelled when the next one is due",
            }}", open[0].CreatedAt == default ? null : open[0].CreatedAt);
        else if (task.Definition is { Overlap: OverlapPolicy.Allow, Concurrency.PerTask: { } most } && Going >= most)
            Add(true, WhyCode.TaskLimit, $"{Going} of {most} executions of the task run at once: what is due meanwhile waits for the end of one", open.Count > 0 ? open[0].CreatedAt : null);
        else if (task.Status == ScheduledTaskStatus.Enabled) NotDue(open.Count > 0 ? open[^1] : null);
        if (recent.FirstOrDefault(each => each.Seed.TaskId == task.Id && Firing.WereTooMany(each.Seed)) is { } record)
            Add(false, WhyCode.CatchUpBound, $"{record.Seed.SkippedBecause}; execution {record.Id} is their record", record.CreatedAt);
        await HeldAsync(open.Count > 0 ? open[0] : null, shards);
        return View();
    }

    void NotDue(ExecutionState? open)
    {
        if (task is { NextAt: null, Definition.Schedule.Delay: { } delay } && open is not null)
            Add(true, WhyCode.NotDue, $"the next occurrence is due {WireText.Of(delay)} after the end of execution {open.Id}");
        else if (task.NextAt is null) Add(true, WhyCode.NoOccurrence, $"{NoneLeft()}: it runs when it is triggered");
        else if (task.StartsAt > node.Clock.Now)
            Add(true, WhyCode.NotDue, $"the next occurrence is due at {task.NextAt:O}{(task.StartsAt > task.NextAt ? $" and starts at {task.StartsAt:O}, its jitter later" : "")}");

        // What would be due were it not for the calendars.
        var now = node.Clock.Now;
        var bare = task with { Calendars = [] };
        if (task.Calendars.IsEmpty || open is not null || Due.From(bare, now) is not { } dropped || dropped >= task.NextAt || Exclusions.Of(task.Calendars).By(dropped) is not { } calendar) return;
        Add(false, WhyCode.Calendar, $"calendar \"{calendar}\" leaves out the occurrence at {dropped:O}{(task.NextAt is null ? ", and no occurrence is left that no calendar leaves out" : "")}");
    }

    /// <summary>Why nothing is due any more.</summary>
    string NoneLeft()
    {
        if (task.Definition.Schedule is not { } schedule) return "the task has no schedule";
        if (schedule.EndAt <= node.Clock.Now) return $"the task has no further occurrence, its schedule has ended at {schedule.EndAt:O}";
        return schedule.Delay is null && Schedule.Latest(schedule, task.CreatedAt, DateTimeOffset.MinValue, node.Clock.Now) is { } last
            ? $"the task has no further occurrence, the last one was due at {last:O}" : "the task has no further occurrence";
    }

    /// <summary>Whether the execution goes on.</summary>
    public async Task<WhyView> OfExecutionAsync(ExecutionState execution, Func<ShardStatus, Task<IReadOnlyList<ShardState>>> shards)
    {
        if (execution.HasEnded) Add(true, WhyCode.Ended, $"it has ended: {WireText.Of(execution.Status)}{(execution.Error is { } error ? $", {error}" : "")}", execution.EndedAt);
        else if (execution.Admission == Admission.Asked) await AskedAsync(execution);
        else if (execution is { Status: ExecutionStatus.Waiting, Attempt: 0 }) InLine(execution);
        else if (execution.Status == ExecutionStatus.Waiting && execution.Seed.BeginsAt > node.Clock.Now) Add(true, WhyCode.NotDue, $"it begins at {execution.Seed.BeginsAt:O}");
        if (execution is { HasEnded: false, Lost: > 0, Status: ExecutionStatus.Waiting })
            Add(false, WhyCode.RunLost, $"its run was lost with its node, {execution.Lost} of {node.Limits.Executions.LostRuns} times: it begins again, and fails when that is the most");
        if (!execution.HasEnded && IsDeleted)
            Add(false, WhyCode.TaskDeleted, execution.Stopping != StopReason.None || task.Open.Any(each => each.Seed.Id == execution.Id && each.CancelBecause is not null)
                ? "its task was deleted, and it is being cancelled"
                : "its task was deleted with mode wait: it runs to its end, and nobody can resume or release anything of the task any more; cancel it to end it now", task.UpdatedAt);
        if (!execution.HasEnded) await HeldAsync(execution, shards);
        return View();
    }

    bool IsDeleted => task.Status == ScheduledTaskStatus.Deleted;

    int Going => task.Open.Count(each => each.Go && each.Seed.SkippedBecause is null);

    /// <summary>Who paused the tenant, or everything.</summary>
    void Hold()
    {
        if (node.Orders.HoldOf(task.Tenant) is not { } hold) return;
        Add(true, hold.Tenant == TenantName.Everything ? WhyCode.EverythingPaused : WhyCode.TenantPaused, node.Orders.WhyHeld(task.Tenant)!, hold.PausedAt);
    }

    /// <summary>It waits for executions of its own task.</summary>
    void InLine(ExecutionState execution)
    {
        var before = task.Open.Where(each => !each.Go && each.CancelBecause is null && each.Seed.Sequence < execution.Seed.Sequence).Count();
        var going = task.Open.FirstOrDefault(each => each.Go && each.Seed.SkippedBecause is null);
        var place = before == 0 ? "it is next" : $"{before} wait before it";
        if (task.Definition is { Overlap: OverlapPolicy.Allow, Concurrency.PerTask: { } most })
            Add(true, WhyCode.TaskLimit, $"{Going} of {most} executions of the task run at once: it waits for its turn, {place}", execution.CreatedAt);
        else
            Add(true, WhyCode.PreviousOpen, $"it waits for its turn: {(going is null ? "an execution before it" : $"execution {going.Seed.Id}")} is open, {place}", execution.CreatedAt);
    }

    /// <summary>It waits for executions of its key, or for any of its tenant.</summary>
    async Task AskedAsync(ExecutionState execution)
    {
        var (key, most) = (execution.Seed.ConcurrencyKey, execution.Seed.KeyLimit);
        var tenant = (await node.Store.ReadTenantAsync(new(execution.Seed.Tenant), CancellationToken.None))?.State ?? TenantState.New(new(execution.Seed.Tenant));
        var line = tenant.Line.Select((each, index) => (each.Execution, Place: index + 1)).FirstOrDefault(each => each.Execution == execution.Id);
        var place = line.Place > 0 ? $"it has place {line.Place} of {tenant.Waiting.Length} in the tenant's line" : "it asks for a place in the tenant's line";
        if (key is not null && tenant.CountOf(key) >= most)
            Add(true, WhyCode.KeyLimit, $"{tenant.CountOf(key)} of {most} executions with key \"{key}\" run at once ({Names(tenant.Running.Where(each => each.Key == key))}); {place}", execution.CreatedAt);
        if (tenant.Running.Length >= tenant.Limit)
            Add(true, WhyCode.TenantLimit, $"{tenant.Running.Length} of {tenant.Limit} executions of tenant \"{tenant.Name}\" run at once ({Names(tenant.Running)}); {place}", execution.CreatedAt);
    }

    static string Names(IEnumerable<Admitted> running) => string.Join(", ", running.Take(3).Select(each => each.Execution.Value)) + (running.Skip(3).Any() ? ", …" : "");

    async Task HeldAsync(ExecutionState? execution, Func<ShardStatus, Task<IReadOnlyList<ShardState>>> shards)
    {
        if (node.Stopping) Add(true, WhyCode.NodeStopping, $"node {node.Id} stops; what is open goes on in the next process");
        else if (node.Slots.IsSuspended) Add(true, WhyCode.CutOff, $"node {node.Id} cannot reach its database; what is open goes on when it can");
        var handler = task.Definition.Handler;
        await DrainedAsync(execution, handler.HandlerName);
        var known = await node.Peers.KnownAsync(CancellationToken.None);
        if (!known.TryGetValue(handler.HandlerName, out var kind) || kind != handler.Kind)
            Add(true, WhyCode.HandlerNotRegistered, $"no handler \"{handler.HandlerName}\" of kind {WireText.Of(handler.Kind)} is registered in process {node.Id} or another that lives; it waits for one that has it");
        if (execution is { Status: ExecutionStatus.Retrying })
            Add(true, WhyCode.RetryWait, $"attempt {execution.Attempt} failed, the next begins at {execution.RetryAt:O}: {execution.Error}");
        if (handler.Kind.Polls()) await HeldShardsAsync(execution, await shards(ShardStatus.Running), await shards(ShardStatus.Paused));
        var waits = execution is { Attempt: > 0 } and ({ Status: ExecutionStatus.Waiting } or { Seed.Polls: true, Status: ExecutionStatus.Running });
        if (waits && node.Slots is { Waiting: > 0 and var waiting } slots && slots.Used == slots.Total)
            Add(execution!.Rows == 0, WhyCode.WaitingForSlot, $"all {slots.Total} run slots of node {node.Id} are in use, and {waiting} runs wait for one{(slots.WaitingAbove(execution.Seed.Priority) is > 0 and var above ? $", {above} of them with a higher priority than {execution.Seed.Priority}" : "")}");
    }

    /// <summary>Somebody drains every node that could run it.</summary>
    async Task DrainedAsync(ExecutionState? execution, string handler)
    {
        var fit = await node.Peers.FitAsync(handler, CancellationToken.None);
        if (fit.Count == 0 || !fit.All(node.Orders.IsDrained)) return;
        Add(execution is not null, WhyCode.NodeDraining, fit is [var only]
            ? $"somebody drains node {only}: it begins nothing more until it is undrained; what waits for a slot of it waits"
            : $"somebody drains all {fit.Count} nodes that have handler \"{handler}\" ({string.Join(", ", fit.Take(3))}{(fit.Count > 3 ? ", …" : "")}): they begin nothing more until one is undrained; what waits for a slot waits");
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
            Add(isHeld && !IsDeleted, WhyCode.DatabaseQuarantined, $"database {quarantined.Database} is in quarantine: {(IsDeleted ? $"nobody can release it any more, so its shards are given up within {node.Limits.Executions.SuperviseEvery}"
                : "its shards wait until it is released, and so does their round, as long as the task's timeout lets it")}", quarantined.Since);
        foreach (var (database, gate) in broken)
            Add(isHeld, WhyCode.BreakerOpen, $"database {database} failed again and again: its shards leave it alone until {gate.Breaker.OpenUntil:O}; {gate.Breaker.LastError}", gate.Breaker.OpenSince);
        // They slow it down, and hold nothing up.
        if (gates?.WaitingForRows is { } rate)
            Add(false, WhyCode.RateLimit, $"the task reads at most {rate.PerSecond} rows a second: {rate.Waiting} pages wait for that on node {node.Id}");
        foreach (var crowded in gates?.Crowded() ?? [])
            Add(false, WhyCode.DatabaseLimit, $"database {crowded.Database} has {crowded.Inside} pages under way on node {node.Id}, which is the most: {crowded.Waiting} wait for the end of one");
        if (retrying.Length > 0)
            Add(isHeld, WhyCode.RetryWait, $"{retrying.Length} shards wait for their next attempt, the first at {retrying.Min(shard => shard.RetryAt):O}: {retrying[0].Error}", retrying.Min(shard => shard.UpdatedAt));
        if (paused.Count > 0)
            Add(false, WhyCode.ShardsPaused, $"{(paused.Count < MostShards ? "" : "at least ")}{paused.Count} shards are paused: no round {(IsDeleted ? "runs them or waits for them" : "runs them until they are resumed")}", paused.Min(shard => shard.UpdatedAt));
        return Task.CompletedTask;
    }

    void Add(bool blocks, WhyCode code, string message, DateTimeOffset? since = null)
    {
        blocked |= blocks;
        reasons.Add(new(code, message, since));
    }

    WhyView View() => new(!blocked, reasons);
}
