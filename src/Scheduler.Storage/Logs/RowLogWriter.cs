using Microsoft.Data.Sqlite;
using Scheduler.Running.Logs;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Sqlite;

namespace Scheduler.Storage.Logs;

/// <summary>Line by line with a prepared statement in one transaction.</summary>
sealed class RowLogWriter : ILogWriter
{
    // The library waits for the disk inside the call: not on the caller's time.
    public Task WriteAsync(Session session, LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken) =>
        Task.Run(() => Write(session, month, entries), CancellationToken.None);

    static void Write(Session session, LogMonth month, IReadOnlyList<LogEntry> entries)
    {
        var statement = session.Own(static () => new Prepared()).Of(session, month);
        session.Command("BEGIN IMMEDIATE").ExecuteNonQuery();
        var values = new object?[LogRows.Fields.Count];
        foreach (var entry in entries)
        {
            for (var i = 0; i < values.Length; i++) values[i] = LogRows.Fields[i].Of(entry);
            statement.Execute(values);
        }
        session.Command("COMMIT").ExecuteNonQuery(); // after a failure the connection is not used again, and the transaction ends with it
    }

    /// <summary>The statement of the month that was written last: seldom another.</summary>
    sealed class Prepared : IDisposable
    {
        (LogMonth Month, SqliteStatement Statement)? last;

        public SqliteStatement Of(Session session, LogMonth month)
        {
            if (last is { } known && known.Month == month) return known.Statement;
            Dispose();
            var names = LogRows.Fields.Select(field => field.Name).ToArray();
            var sql = $"INSERT INTO {LogRows.TableOf(month)} ({string.Join(", ", names)}) VALUES ({string.Join(", ", names.Select(name => $"@{name}"))}) ON CONFLICT DO NOTHING";
            var statement = new SqliteStatement((SqliteConnection)session.Connection, sql, LogRows.Fields);
            last = (month, statement);
            return statement;
        }

        public void Dispose()
        {
            last?.Statement.Dispose();
            last = null;
        }
    }
}
