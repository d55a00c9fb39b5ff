using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>Which commands came to which states, how often.</summary>
sealed class CoverageMap
{
    readonly Dictionary<(Type State, int Status, Type Command), long> reached = [];

    const string Rare = "a task has to be deleted or purged while the word is under way: not in every thousand seeds";
    const string ItsOwn = "a run reports to the activation that started it, which has read the entity";
    const string Gone = "what has ended leaves the memory, and a late report of its run finds no activation";
    const string OnceOver = "the run itself said that it is over: it has nothing more to say";
    const string Found = "people say names, and a name is found in the store before its task is addressed";
    const string Runs = "a shard runs when it is moved, and has seldom come to something else when it hears of it";
    const string NotAsked = "who asks has just read that it stands otherwise: somebody else has to be faster";
    const string NoPolling = "a polling execution neither waits with a run nor retries";

    /// <summary>Cells that are not reached, and why; a star stands for all.</summary>
    static readonly (string State, string[] Commands, string Because)[] Excused =
    [
        ("Task.None", ["Change", "Pause", "Resume", "Delete", "Trigger", "Retry", "Quarantine", "Release"], Found),
        ("Execution.None", ["Started", "RunSucceeded", "RunFailed", "RunStopped", "ShardsCounted"], ItsOwn),
        ("Execution.Waiting", ["RunSucceeded", "RunFailed"], "a run says that it has started before it says how it ended"),
        ("Execution.Waiting", ["ShardsCounted", "ShardEnded"], NoPolling),
        ("Execution.Running", ["Started"], "a run starts once under its token"),
        ("Execution.Retrying", ["Started", "RunSucceeded", "RunFailed", "RunStopped"], OnceOver),
        ("Execution.Retrying", ["ShardsCounted", "ShardEnded"], NoPolling),
        ("Execution.Succeeded", ["Started", "RunSucceeded", "RunFailed", "RunStopped", "ShardsCounted"], Gone),
        ("Execution.Failed", ["Started", "RunSucceeded", "RunFailed", "RunStopped", "ShardsCounted"], Gone),
        ("Execution.TimedOut", ["Started", "RunSucceeded", "RunFailed", "RunStopped", "ShardsCounted"], Gone),
        ("Execution.Cancelled", ["Started", "RunSucceeded", "RunFailed", "RunStopped", "ShardsCounted"], Gone),
        ("Execution.Skipped", ["Started", "RunSucceeded", "RunFailed", "RunStopped", "ShardsCounted", "ShardEnded"], "what is skipped has neither runs nor shards"),
        ("Execution.Skipped", ["Admitted"], "what is skipped asks nobody"),
        ("Shard.None", ["Bounded", "Reached", "PageFailed", "Ended"], ItsOwn),
        ("Shard.Idle", ["Bounded", "Reached", "PageFailed", "Ended"], "a shard that ever ran is never idle again"),
        ("Shard.Completed", ["Bounded", "Reached", "PageFailed", "Ended"], OnceOver),
        ("Shard.Failed", ["Bounded", "Reached", "PageFailed", "Ended"], OnceOver),
        ("Shard.None", ["Start", "Activated", "Cancel", "Pause", "Resume", "Rewind"], "a table has to leave the definition while a message to its shard is under way: once in many thousand seeds"),
        ("Task.Paused", ["Create"], "a word that makes a task has to come again after it was paused: not in every thousand seeds"),
        ("Shard.Running", ["Rewind"], "a round has to begin between the client's look and its word: not in every thousand seeds"),
        ("Task.None", ["ExecutionHeard", "CalendarsHeard", "Woken"], Rare),
        ("Task.Deleted", ["Create", "Change", "Pause", "Resume", "Trigger", "Retry", "Quarantine", "Release", "CalendarsHeard"], Rare),
        ("Execution.None", ["Probed"], ItsOwn),
        ("Execution.Waiting", ["Probed"], NoPolling),
        ("Execution.Retrying", ["Probed"], NoPolling),
        ("Execution.Skipped", ["Probed"], "what is skipped has neither runs nor shards"),
        ("Execution.Succeeded", ["Probed"], Gone),
        ("Execution.Failed", ["Probed"], Gone),
        ("Execution.TimedOut", ["Probed"], Gone),
        ("Execution.Cancelled", ["Probed"], Gone),
        ("Execution.Retrying", ["NodesChanged", "Admitted"], "no more than a moment in few seeds"), ("Execution.TimedOut", ["NodesChanged"], "what has ended is not told"),
        ("Execution.None", ["NodesChanged"], "those that are open are told: one has to be purged, or to fail, while the word is under way"),
        ("Execution.Failed", ["NodesChanged"], "those that are open are told: one has to be purged, or to fail, while the word is under way"),
        ("Task.Paused", ["Create"], "a task has to be paused while the doubled word that makes it is under way: not in every thousand seeds"),
        ("Execution.Skipped", ["NodesChanged"], "it ends as it is made, and those that are open are told"),
        ("Execution.Skipped", ["Woken"], OnceOver), ("Shard.Cancelled", ["PageFailed"], "the cancellation ended its run; a report that was under way meets it seldom"),
        ("Shard.*", ["Move", "Woken"], Runs),
        ("Shard.None", ["Found", "Missed"], "who looks for tables has just read their shards, and what is discovered is never deleted but with its definition"),
        ("Shard.Running", ["Missed"], "a round whose tables have all been asked looks for no others: its process has to crash while it asks, and the table to go meanwhile"),
        ("Shard.Gone", ["Bounded", "Reached", "PageFailed", "Ended"], "the end of its table stopped its run; a report that was under way meets it seldom"),
        ("Shard.Gone", ["Cancel"], NotAsked),
        ("Shard.Gone", ["Move", "Woken"], Runs),
        ("Shard.*", ["Found"], NotAsked),
        ("Shard.Paused", ["Cancel", "Missed"], NotAsked),
        ("Shard.Paused", ["Bounded", "Reached", "PageFailed", "Ended"], "the pause ended its run; a report that was under way meets it seldom"),
    ];

    public Deciders Watch(Deciders deciders) => new(
        (state, command) => { Count(typeof(ScheduledTaskStatus), (int)state.Status, command); return deciders.Task(state, command); },
        (state, command) => { Count(typeof(ExecutionStatus), (int)state.Status, command); return deciders.Execution(state, command); },
        (state, command) => { Count(typeof(ShardStatus), (int)state.Status, command); return deciders.Shard(state, command); },
        (state, command) => { Count(typeof(TenantStatus), (int)state.Status, command); return deciders.Tenant(state, command); });

    public void Add(CoverageMap other)
    {
        foreach (var (cell, count) in other.reached) reached[cell] = reached.GetValueOrDefault(cell) + count;
    }

    /// <summary>Prints how often each cell was reached. False: some were never, and nobody says why.</summary>
    public bool Print(TextWriter to)
    {
        var missed = Print<ScheduledTaskStatus, TaskCommand>("Task", to).Concat(Print<ExecutionStatus, ExecutionCommand>("Execution", to)).Concat(Print<ShardStatus, ShardCommand>("Shard", to)).Concat(Print<TenantStatus, TenantCommand>("Tenant", to)).ToArray();
        foreach (var because in Excused.GroupBy(each => each.Because)) to.WriteLine($"- {string.Join(", ", because.Select(each => $"{each.State} × {string.Join('/', each.Commands)}"))}: {because.Key}");
        foreach (var (state, command) in missed) to.WriteLine($"NEVER REACHED: {command} in {state}");
        return missed.Length == 0;
    }

    List<(string, string)> Print<TStatus, TCommand>(string entity, TextWriter to) where TStatus : struct, Enum
    {
        List<(string, string)> missed = [];
        var commands = typeof(TCommand).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(TCommand))).ToArray();
        to.WriteLine(entity.PadRight(12) + string.Concat(commands.Select(command => command.Name.PadLeft(15))));
        foreach (var status in Enum.GetValues<TStatus>())
        {
            to.Write(status.ToString().PadRight(12));
            foreach (var command in commands)
            {
                var count = reached.GetValueOrDefault((typeof(TStatus), Convert.ToInt32(status), command));
                var state = $"{entity}.{status}";
                var excused = Excused.Any(each => (each.State == state || each.State == $"{entity}.*") && (each.Commands.Contains(command.Name) || each.Commands is ["*"]));
                to.Write((count > 0 ? count.ToString() : excused ? "-" : "NEVER").PadLeft(15));
                if (count == 0 && !excused) missed.Add((state, command.Name));
            }
            to.WriteLine();
        }
        return missed;
    }

    void Count(Type entity, int status, object command)
    {
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(reached, (entity, status, command.GetType()), out _);
        count++;
    }
}
