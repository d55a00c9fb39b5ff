using Scheduler.Executions;
using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>Who reads the lines of an execution reads what its code has logged, each line once and in order, and every line that was written before he began.</summary>
sealed class LinesAreRead : Promise
{
    readonly HashSet<(string Node, string Execution, string Message)> told = [];

    readonly HashSet<string> purged = []; // a trigger with the same key makes another of that id, perhaps of another month

    public override void Purged(Stored<ExecutionState> gone) => purged.Add(gone.State.Id.Value);

    public override void Told(Process process, string execution, string message) => told.Add((process.Id, execution, message));

    public override void Read(string execution, LogLine line) =>
        Expect(LinesAreKept.IsOfDropped(line.Message) || told.Contains((line.Node, execution, line.Message)), execution, () => $"somebody read line \"{line.Message}\", which {line.Node} never logged in it");

    public override void Listed(string execution, IReadOnlyList<LogLine> lines, bool isWhole, IReadOnlyList<string> before)
    {
        foreach (var line in lines) Read(execution, line);
        var known = lines.Select(line => line.Id).ToHashSet(StringComparer.Ordinal);
        Expect(known.Count == lines.Count, execution, () => $"{lines.Count} lines were read, {known.Count} different ones");
        Expect(lines.Zip(lines.Skip(1)).All(pair => pair.First.At <= pair.Second.At), execution, () => "lines were read in another order than that of their times");
        var missing = isWhole && !purged.Contains(execution) ? before.FirstOrDefault(id => !known.Contains(id)) : null;
        Expect(missing is null, execution, () => $"line {missing} had been written, and was not read");
    }
}
