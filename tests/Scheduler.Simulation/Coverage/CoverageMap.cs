using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

namespace Scheduler.Simulation;

/// <summary>Which commands came to which states, how often.</summary>
sealed class CoverageMap
{
    readonly Dictionary<(Type State, int Status, Type Command), long> reached = [];

    /// <summary>Cells that cannot be reached, and why.</summary>
    static readonly Dictionary<(string State, string Command), string> Unreachable = new()
    {
        [("Shard.Paused", "*")] = "nothing pauses a shard yet",
        [("Shard.None", "Bounded")] = "a run reports to the activation that started it, whose shard it read",
        [("Shard.None", "Reached")] = "as above",
        [("Shard.None", "PageFailed")] = "as above",
        [("Shard.None", "Ended")] = "as above",
        [("Shard.Idle", "Bounded")] = "a shard that ever ran is never idle again",
        [("Shard.Idle", "Reached")] = "as above",
        [("Shard.Idle", "PageFailed")] = "as above",
        [("Shard.Idle", "Ended")] = "as above",
        [("Execution.None", "Started")] = "a run reports to the activation that started it, whose execution it read",
        [("Execution.None", "RunSucceeded")] = "as above",
        [("Execution.None", "RunFailed")] = "as above",
        [("Execution.None", "RunStopped")] = "as above",
        [("Execution.None", "ShardsCounted")] = "as above",
        [("Execution.Skipped", "Started")] = "what is skipped has no run",
        [("Execution.Skipped", "RunSucceeded")] = "as above",
        [("Execution.Skipped", "RunFailed")] = "as above",
        [("Execution.Skipped", "RunStopped")] = "as above",
        [("Execution.Skipped", "ShardsCounted")] = "as above",
        [("Execution.Skipped", "ShardEnded")] = "as above",
    };

    public Deciders Watch(Deciders deciders) => new(
        (state, command) => { Count(typeof(ScheduledTaskStatus), (int)state.Status, command); return deciders.Task(state, command); },
        (state, command) => { Count(typeof(ExecutionStatus), (int)state.Status, command); return deciders.Execution(state, command); },
        (state, command) => { Count(typeof(ShardStatus), (int)state.Status, command); return deciders.Shard(state, command); });

    public void Add(CoverageMap other)
    {
        foreach (var (cell, count) in other.reached) reached[cell] = reached.GetValueOrDefault(cell) + count;
    }

    /// <summary>Prints how often each cell was reached. False: some were never, and nobody says why.</summary>
    public bool Print(TextWriter to)
    {
        var missed = Print<ScheduledTaskStatus, TaskCommand>("Task", to).Concat(Print<ExecutionStatus, ExecutionCommand>("Execution", to)).Concat(Print<ShardStatus, ShardCommand>("Shard", to)).ToArray();
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
                var excused = Unreachable.ContainsKey((state, command.Name)) || Unreachable.ContainsKey((state, "*"));
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
