using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler.Simulation;

/// <summary>
/// What user code logs comes to the store in its order, once, in the month of its execution; none of it is lost but with a crash, or said
/// to be dropped. A process that ends in order, while it reaches the store, has written all of it.
/// </summary>
sealed class LinesAreKept : Promise
{
    /// <summary>What one process's lines of one execution come to.</summary>
    sealed class Lines
    {
        public readonly List<string> Told = [];
        public readonly SortedDictionary<long, LogEntry> Written = [];
    }

    static readonly FaultKind[] excuses = [FaultKind.StoreFailsBefore, FaultKind.StoreFailsAfter, FaultKind.StoreSlow, FaultKind.StoreHangs, FaultKind.StoreDown, FaultKind.NodeCutOff, FaultKind.NodePaused, FaultKind.HandlerDeaf];

    const string Dropped = " lines before this one were dropped";

    readonly Dictionary<(string Node, string Execution), Lines> all = [];
    readonly HashSet<string> gone = []; // executions that a purge or a backup took away
    bool wasRestored;

    public override void Told(Process process, string execution, string message) => Of(process.Id, execution).Told.Add(message);

    public override void Written(LogEntry line, LogMonth month)
    {
        var id = line.Source.Execution;
        if (Store.Executions.TryGetValue(id, out var execution))
            Expect(month == LogMonth.Of(execution.State.CreatedAt), id.Value, () => $"a line of an execution of {execution.State.CreatedAt:yyyy-MM} is in the table of {month}");
        var lines = Of(line.Node, id.Value);
        Expect(lines.Written.TryAdd(line.Position.Sequence, line) || wasRestored, id.Value, () => $"line \"{line.Message}\" was written twice");
    }

    public override void Purged(Stored<ExecutionState> purged) => gone.Add(purged.State.Id.Value);

    public override void RolledBack() => wasRestored = true;

    public override void Stopped(Process process)
    {
        // One that cannot reach the store waits its patience out, and then says what it lost.
        if (process.Node.Logs.Undurable == 0) Complete(process.Id);
        else Expect(Array.Exists(excuses, fault => Simulation.Faults.RateOf(fault) > 0), process.Id, () => $"{process.Node.Logs.Undurable} lines were not written in an orderly stop");
    }

    public override void Ended()
    {
        if (wasRestored) return;
        foreach (var ((node, execution), lines) in all) InOrder(node, execution, lines);
        foreach (var member in Simulation.Network.Members) Complete(member.Id);
    }

    void Complete(string node)
    {
        foreach (var ((of, execution), lines) in all)
        {
            if (of != node || gone.Contains(execution)) continue;
            var kept = lines.Written.Values.Sum(line => CountOf(line.Message));
            Expect(kept == lines.Told.Count, execution, () => $"{node} logged {lines.Told.Count} lines, {kept} are written or said to be dropped: {string.Join(" | ", lines.Written.Values.Select(line => line.Message))}");
        }
    }

    void InOrder(string node, string execution, Lines lines)
    {
        var at = 0;
        foreach (var line in lines.Written.Values)
        {
            if (IsOfDropped(line.Message))
            {
                at += CountOf(line.Message);
                continue;
            }
            Expect(at < lines.Told.Count && lines.Told[at] == line.Message, execution, () => $"{node} wrote line \"{line.Message}\" where it had logged \"{(at < lines.Told.Count ? lines.Told[at] : "nothing more")}\"");
            at++;
        }
    }

    /// <summary>Whether a line says that others were dropped.</summary>
    public static bool IsOfDropped(string message) => message.Contains(Dropped, StringComparison.Ordinal);

    static int CountOf(string message) => IsOfDropped(message) ? int.Parse(message.AsSpan(0, message.IndexOf(' '))) : 1;

    Lines Of(string node, string execution)
    {
        if (!all.TryGetValue((node, execution), out var lines)) all.Add((node, execution), lines = new());
        return lines;
    }
}
