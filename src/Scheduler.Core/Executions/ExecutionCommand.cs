using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Tenants;

namespace Scheduler.Executions;

/// <summary>Everything that can happen to an execution. It carries the time, so that deciding needs no clock.</summary>
/// <param name="Now">When it happens.</param>
[JsonDerivedType(typeof(Create), "create")]
[JsonDerivedType(typeof(Activated), "activated")]
[JsonDerivedType(typeof(Woken), "woken")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(RunSucceeded), "runSucceeded")]
[JsonDerivedType(typeof(RunFailed), "runFailed")]
[JsonDerivedType(typeof(RunStopped), "runStopped")]
[JsonDerivedType(typeof(ShardsCounted), "shardsCounted")]
[JsonDerivedType(typeof(ShardEnded), "shardEnded")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Probed), "probed")]
[JsonDerivedType(typeof(Admitted), "admitted")]
[JsonDerivedType(typeof(NodesChanged), "nodesChanged")]
public abstract record ExecutionCommand(DateTimeOffset Now)
{
    /// <summary>
    /// Its task makes it, or asks again what became of it. <paramref name="Go"/>: it may run; else it waits for its turn.
    /// <paramref name="SaidAt"/> is when the task said so: what was said too long ago makes nothing any more.
    /// </summary>
    public sealed record Create(DateTimeOffset Now, ExecutionSeed Seed, bool Go, DateTimeOffset SaidAt) : ExecutionCommand(Now)
    {
        /// <summary>When the task decided on it; null where whoever says so does not know.</summary>
        public DateTimeOffset? DecidedAt { get; init; }

        /// <summary>Whether its tenant has a limit, so that it has to ask before it begins.</summary>
        public bool TenantIsLimited { get; init; }

        /// <summary>Whether it is said for the first time, so that there is nothing to read. Where that has changed, the insert meets the row.</summary>
        public bool IsNew { get; init; }

        /// <summary>Whether it is said for the first time, and within one process: nothing can lose it, double it or have it come late.</summary>
        [JsonIgnore]
        public bool IsHere { get; init; }

        /// <summary>
        /// Whether it begins before anything of it is stored: its task's row has what it is made from, and says it again where it was lost. So a short run
        /// is written once, at its end. Not where somebody asked for it and looks for it, where a loss of it must be seen, or where others count it.
        /// </summary>
        [JsonIgnore]
        public bool BeginsUnwritten => IsHere && !TenantIsLimited && Seed.MayBeginUnwritten;
    }

    /// <summary>A process has loaded it: whatever ran before does so no longer.</summary>
    public sealed record Activated(DateTimeOffset Now) : ExecutionCommand(Now);

    /// <summary>Its wake time has come.</summary>
    public sealed record Woken(DateTimeOffset Now) : ExecutionCommand(Now);

    /// <summary>The run got a slot and has begun.</summary>
    public sealed record Started(DateTimeOffset Now, long Token, string Node) : ExecutionCommand(Now);

    /// <summary>The handler returned.</summary>
    public sealed record RunSucceeded(DateTimeOffset Now, long Token, JsonElement? Result) : ExecutionCommand(Now);

    /// <summary>The handler threw. <paramref name="Jitter"/> is a random number in [0, 1).</summary>
    public sealed record RunFailed(DateTimeOffset Now, long Token, string Error, bool Retryable, double Jitter) : ExecutionCommand(Now)
    {
        /// <summary>Where in the code it failed, bounded; null where that is not known.</summary>
        public string? Stack { get; init; }
    }

    /// <summary>The run heeded its cancellation.</summary>
    public sealed record RunStopped(DateTimeOffset Now, long Token) : ExecutionCommand(Now);

    /// <summary>How the shards of its round stand, from the store. <paramref name="Asked"/>: they were counted after all of them had heard of the round or been asked.</summary>
    public sealed record ShardsCounted(DateTimeOffset Now, ShardCounts Counts, long Rows, bool Asked = false) : ExecutionCommand(Now);

    /// <summary>A shard ended its round: worth a count.</summary>
    public sealed record ShardEnded(DateTimeOffset Now) : ExecutionCommand(Now);

    /// <summary>Every shard has heard of its round, or was found without changes: those that are not in the round have nothing to do in it.</summary>
    public sealed record Probed(DateTimeOffset Now) : ExecutionCommand(Now);

    /// <summary>Its tenant lets it run, or asks whether it still does.</summary>
    public sealed record Admitted(DateTimeOffset Now, TenantName Tenant) : ExecutionCommand(Now);

    /// <summary>Nodes have come or gone: its shards may be lost, or are to be spread anew.</summary>
    public sealed record NodesChanged(DateTimeOffset Now) : ExecutionCommand(Now);

    /// <summary>Somebody asks it to stop.</summary>
    public sealed record Cancel(DateTimeOffset Now, string Reason) : ExecutionCommand(Now);
}

/// <summary>What follows from a decision about an execution.</summary>
public abstract record ExecutionEffect
{
    /// <summary>Run the handler once, as soon as there is a slot.</summary>
    public sealed record Run(long Token, int Attempt) : ExecutionEffect;

    /// <summary>Cancel the run with that token.</summary>
    public sealed record StopRun(long Token) : ExecutionEffect;

    /// <summary>Start every shard of the task that is not yet in this round, and remind those that run in it.</summary>
    public sealed record StartShards(long Round) : ExecutionEffect;

    /// <summary>Cancel the round in every shard that runs in it.</summary>
    public sealed record CancelShards(long Round) : ExecutionEffect;

    /// <summary>Ask the store how the round's shards stand.</summary>
    public sealed record CountShards(long Round) : ExecutionEffect;

    /// <summary>Ask the tenant whether it may run.</summary>
    public sealed record AskTenant(ExecutionSeed Seed) : ExecutionEffect;

    /// <summary>Tell the tenant that it has ended.</summary>
    public sealed record LeaveTenant(TenantName Tenant) : ExecutionEffect;

    /// <summary>Tell the task that the execution is known, and whether it has ended.</summary>
    public sealed record TellTask(long TaskId, ExecutionStatus Status) : ExecutionEffect;
}
