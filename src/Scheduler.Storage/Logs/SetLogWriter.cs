using Scheduler.Running.Logs;
using Scheduler.Storage.Dialects;
using Scheduler.Storage.Sessions;

namespace Scheduler.Storage.Logs;

/// <summary>All lines in one statement, which is a transaction of its own.</summary>
sealed class SetLogWriter(SessionPool pool, ServerDialect dialect) : ILogWriter
{
    public async Task WriteAsync(Session session, LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        await using var batch = session.Connection.CreateBatch();
        batch.Timeout = pool.CommandTimeoutSeconds;
        var command = batch.CreateBatchCommand();
        command.CommandText = dialect.InsertMissing(LogRows.TableOf(month), LogRows.Fields);
        dialect.AddRows(command, LogRows.Fields, entries.Count, (row, column) => LogRows.Fields[column].Of(entries[row]));
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
