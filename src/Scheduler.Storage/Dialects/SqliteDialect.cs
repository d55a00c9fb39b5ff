using System.Data.Common;
using Scheduler.Storage.Logs;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Writing;

namespace Scheduler.Storage.Dialects;

sealed class SqliteDialect : Dialect
{
    public override string Name => "sqlite";

    internal override string BigInt => "INTEGER";

    // A library has its process's clock.
    internal override bool HasClock => false;

    internal override string Microseconds => "(CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000)";

    internal override string Contains(string column, string parameter) => $"instr({column}, {parameter}) > 0";

    internal override string OnExistingId => "ON CONFLICT (id) DO UPDATE SET";

    internal override string Brought(string column) => $"excluded.{column}";

    internal override IReadOnlyList<string> BeginMigration(TimeSpan timeout) => [$"PRAGMA busy_timeout = {(long)timeout.TotalMilliseconds}", "BEGIN EXCLUSIVE"];

    internal override string EndMigration => "COMMIT";

    internal override string AbandonMigration => "ROLLBACK";

    internal override string Begin => "BEGIN IMMEDIATE";

    internal override string LogTables => "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'schedule_log_%' ORDER BY name";

    internal override bool IsMissingTable(DbException failure) => failure.Message.Contains("no such table", StringComparison.Ordinal);

    internal override ILogWriter LogWriter(SessionPool writers) => new RowLogWriter();

    internal override (SessionPool Readers, SessionPool Writers, IWriter Writer) Open(DbDataSource source, StoreOptions options)
    {
        var writers = new SessionPool(source, kept: 1, options.StatementTimeout);
        return (new SessionPool(source, Math.Clamp(options.SqliteReaders, 1, 64), options.StatementTimeout), writers, new RowWriter(writers));
    }
}
