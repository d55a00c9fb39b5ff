using System.Data.Common;
using System.Globalization;
using Scheduler.Storage.Rows;
using Scheduler.Storage.Sessions;
using Scheduler.Storage.Writing;

namespace Scheduler.Storage.Dialects;

/// <summary>
/// Rows come as one array a column, in the order of their keys, and are looked up one by one: so two writers seldom deadlock, and whoever does
/// writes again. To lock them in that order first cost a quarter of each update, and only two processes that write the same entities would need it.
/// </summary>
sealed class PostgreSqlDialect : ServerDialect
{
    public override string Name => "postgresql";

    internal override string BigInt => "bigint";

    internal override string Microseconds => "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)";

    internal override string Contains(string column, string parameter) => $"strpos({column}, {parameter}) > 0";

    internal override string OnExistingId => "ON CONFLICT (id) DO UPDATE SET";

    internal override string Brought(string column) => $"excluded.{column}";

    // The number is this program's own; advisory locks know no names.
    internal override IReadOnlyList<string> BeginMigration(TimeSpan timeout) =>
        ["BEGIN", $"SET LOCAL lock_timeout = {(long)timeout.TotalMilliseconds}", "SELECT pg_advisory_xact_lock(7238915446120113)"];

    internal override string EndMigration => "COMMIT";

    internal override string AbandonMigration => "ROLLBACK";

    internal override string RequireEpoch(long epoch) => string.Create(CultureInfo.InvariantCulture, $"CALL schedule_require_epoch({epoch})");

    internal override bool IsOtherEpoch(DbException failure) => failure.SqlState == "SE001";

    internal override IWriter WriterUnder(long epoch, SessionPool writers) => new SetWriter(writers, this, RequireEpoch(epoch));

    internal override bool BatchIsTransaction => true;

    internal override IReadOnlyList<RowStatement> WriteRows(Table table, WriteKind kind)
    {
        var columns = table.In(kind);
        // One that meets a row fails, and is told from its neighbours by dividing: to look out for that first cost a twelfth of what the server does for an
        // execution, and it is rare.
        if (kind == WriteKind.Insert) return [new($"{Insert(table)} RETURNING write_id", columns)];
        return
        [
            new($"UPDATE {table.Name} AS t SET {List(table.SetBy(kind), "{0} = i.{0}")} FROM {Rows(columns)} WHERE {OnKeys(table)} AND t.version = i.version - 1 RETURNING t.write_id", columns),
        ];
    }

    internal override string InsertMissing(Table table) => $"{Insert(table)} ON CONFLICT DO NOTHING";

    internal override string InsertMissing(string table, IReadOnlyList<Field> columns) =>
        $"INSERT INTO {table} ({List(columns)}) SELECT {List(columns)} FROM {Rows(columns)} ON CONFLICT DO NOTHING";

    internal override string LogTables => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'schedule_log_%' ORDER BY tablename";

    internal override bool IsMissingTable(DbException failure) => failure.SqlState == "42P01";

    internal override void AddRows(DbBatchCommand command, IReadOnlyList<Field> columns, int count, Func<int, int, object?> value)
    {
        for (var column = 0; column < columns.Count; column++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = columns[column].Name;
            parameter.Value = columns[column].Holds == Holds.Numbers ? Array<long?>(column) : Array<string?>(column);
            command.Parameters.Add(parameter);
        }

        T[] Array<T>(int column)
        {
            var array = new T[count];
            for (var row = 0; row < count; row++) array[row] = (T)value(row, column)!;
            return array;
        }
    }

    // SQLSTATE classes: 22 data exception, 23 integrity constraint violation, 54 program limit exceeded.
    internal override bool IsDataError(DbException failure) => failure.SqlState is { } state && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("54", StringComparison.Ordinal));

    internal override bool IsTaken(DbException failure) => failure.SqlState == "23505";

    // Serialization failure, deadlock.
    internal override bool WasRolledBack(DbException failure) => failure.SqlState is "40001" or "40P01";

    static string Insert(Table table)
    {
        var columns = table.In(WriteKind.Insert);
        return $"INSERT INTO {table.Name} ({List(columns)}) SELECT {List(columns)} FROM {Rows(columns)}";
    }

    static string Rows(IReadOnlyList<Field> columns) =>
        $"unnest({string.Join(", ", columns.Select(column => $"@{column.Name}::{(column.Holds == Holds.Numbers ? "bigint" : "text")}[]"))}) AS i ({List(columns)})";
}
