using Microsoft.Extensions.Logging;
using Scheduler.Executions;

namespace Scheduler.Running.Logs;

/// <summary>The bounds of what handlers log. Each is a setting.</summary>
public sealed record LogLimits
{
    /// <summary>Lines below this level are not kept; the host's own logging goes by its own rules.</summary>
    public LogLevel Minimum { get; init; } = LogLevel.Information;

    /// <summary>Characters of a line: its message, its exception, its values, each. What is longer is cut, with a mark.</summary>
    public int LineLength { get; init; } = 8 * 1024;

    /// <summary>Lines that an execution may log in one process; then one says so, and the others are left out.</summary>
    public int LinesPerExecution { get; init; } = 100_000;

    /// <summary>
    /// Bytes of lines that wait to be written in one process. Beyond it the oldest of the execution with the most are dropped, and a line says how many:
    /// a handler never waits for its lines.
    /// </summary>
    public long BufferBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Lines that are written at a time.</summary>
    public int Batch { get; init; } = 1_000;

    /// <summary>How long a line waits for others to be written with.</summary>
    public TimeSpan FlushAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a stream looks for lines of other processes.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How much later than its neighbours a line of another process may come and is still told in a stream.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a month's lines are kept after its end; then its table is dropped.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(60);

    /// <summary>How often the months' tables are looked after: this month's and the next are made, those of long ago dropped.</summary>
    public TimeSpan TablesEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether some process may hold lines of the execution that are not written yet.</summary>
    internal bool MayBeUnwritten(ExecutionState execution, DateTimeOffset now) => execution.EndedAt is not { } ended || now - ended < 2 * FlushAfter;
}
