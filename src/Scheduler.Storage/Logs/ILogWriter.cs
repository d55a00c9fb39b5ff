using Scheduler.Running.Logs;

namespace Scheduler.Storage.Logs;

/// <summary>Inserts lines that are not there, all or none, in one transaction.</summary>
interface ILogWriter
{
    Task WriteAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken);
}
