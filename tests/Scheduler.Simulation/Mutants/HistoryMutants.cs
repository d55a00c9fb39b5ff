using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler.Simulation;

/// <summary>Loses a line now and then, and says that it is written.</summary>
sealed class LosesLines(IStore inner) : ThroughStore(inner)
{
    int batches;

    public override ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken) =>
        Inner.WriteLogAsync(month, ++batches % 5 == 0 ? [.. entries.Skip(1)] : entries, cancellationToken);
}

/// <summary>Leaves the first line of what is read out, now and then.</summary>
sealed class LeavesLinesOut(IStore inner) : ThroughStore(inner)
{
    int reads;

    public override async ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken)
    {
        var lines = await Inner.ReadLogAsync(month, execution, filter, after, limit, cancellationToken);
        return ++reads % 3 == 0 ? [.. lines.Skip(1)] : lines;
    }
}

/// <summary>Begins each page of lines with the last one of the page before.</summary>
sealed class ReadsLinesTwice(IStore inner) : ThroughStore(inner)
{
    public override ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken) =>
        Inner.ReadLogAsync(month, execution, filter, after is { } position ? position with { Sequence = position.Sequence - 1 } : null, limit, cancellationToken);
}

/// <summary>Writes what it has written once more, as if it were something else.</summary>
sealed class DoublesLines(IStore inner) : ThroughStore(inner)
{
    int batches;

    public override async ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        await Inner.WriteLogAsync(month, entries, cancellationToken);
        if (++batches % 5 == 0) await Inner.WriteLogAsync(month, [entries[0] with { Position = entries[0].Position with { Sequence = entries[^1].Position.Sequence + 1 } }], cancellationToken);
    }
}

/// <summary>Gives two lines each other's place.</summary>
sealed class SwapsLines(IStore inner) : ThroughStore(inner)
{
    public override ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken) =>
        Inner.WriteLogAsync(month, entries is [var first, var second, ..] && first.Source.Execution == second.Source.Execution
            ? [first with { Position = second.Position }, second with { Position = first.Position }, .. entries.Skip(2)] : entries, cancellationToken);
}

/// <summary>Takes the month in which it writes.</summary>
sealed class MonthOfWriting(Process process, IStore inner) : ThroughStore(inner)
{
    public override async ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        var now = LogMonth.Of(process.Node.Clock.Now);
        await Inner.MakeLogMonthAsync(now, cancellationToken);
        await Inner.WriteLogAsync(now, entries, cancellationToken);
    }
}

/// <summary>Counts what ended up to now, while ends may be on their way to the store.</summary>
sealed class CountsEarly(Process process, IStore inner) : ThroughStore(inner)
{
    public override ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken) => Inner.RollUpAsync(process.Node.Clock.Now, cancellationToken);
}

/// <summary>Says that everything is counted.</summary>
sealed class NeverCounts(IStore inner) : ThroughStore(inner)
{
    public override ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken) => new(before.AddDays(1));
}
