using Scheduler.Running.Logs;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage.Logs;

/// <summary>Inserts lines that are not there, all or none, in one transaction.</summary>
interface ILogWriter
{
    Task WriteAsync(Session session, LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken);
}
