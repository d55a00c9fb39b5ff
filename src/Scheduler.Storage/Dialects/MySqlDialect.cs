using System.Data.Common;
using System.Text;
using System.Text.Json;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage.Dialects;

/// <summary>
/// Rows come as one JSON parameter. There is no <c>RETURNING</c> on updates: who won is read back by write id in the same transaction.
/// </summary>
sealed class MySqlDialect : ServerDialect
{
    const string LockName = "schedule_migration";

    public override string Name => "mysql";

    internal override string BigInt => "SIGNED";

    internal override string Microseconds => "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)";

    internal override string Contains(string column, string parameter) => $"LOCATE({parameter}, {column}) > 0";

    internal override string OnExistingId => "ON DUPLICATE KEY UPDATE";

    internal override string Brought(string column) => $"VALUES({column})";

    // DDL commits by itself here: what was applied is recorded statement by statement, and a start that was cut off goes on after the last.
    internal override IReadOnlyList<string> BeginMigration(TimeSpan timeout) => [$"SELECT GET_LOCK('{LockName}', {(int)timeout.TotalSeconds})"];

    internal override string EndMigration => $"SELECT RELEASE_LOCK('{LockName}')";

    internal override string AbandonMigration => EndMigration;

    internal override bool BatchIsTransaction => false;

    internal override bool SwallowsTaken => true;

    internal override IReadOnlyList<string> WriteRows(Table table, WriteKind kind)
    {
        var columns = table.In(kind);
        var readBack = $"SELECT t.write_id FROM {table.Name} AS t JOIN {Rows(columns)} ON {OnKeys(table)} WHERE t.write_id = i.write_id";
        // Rows that do not exist yet are not locked first: two who lock the same gap and then insert deadlock.
        if (kind == WriteKind.Insert) return [Insert(table), readBack];
        return
        [
            $"SELECT t.write_id FROM {table.Name} AS t JOIN {Rows(columns)} ON {OnKeys(table)} ORDER BY {KeysOf(table, "t")} FOR UPDATE",
            $"UPDATE {table.Name} AS t JOIN {Rows(columns)} ON {OnKeys(table)} SET {List(table.SetBy(kind), "t.{0} = i.{0}")} WHERE t.version = i.version - 1",
            readBack,
        ];
    }

    internal override string InsertMissing(Table table) => Insert(table);

    internal override string InsertMissing(string table, IReadOnlyList<Field> columns) =>
        $"INSERT INTO {table} ({List(columns)}) SELECT {List(columns, "i.{0}")} FROM {Rows(columns)} ON DUPLICATE KEY UPDATE {table}.{columns[0].Name} = {table}.{columns[0].Name}";

    internal override string OnExisting(string keys) => OnExistingId;

    internal override string LogTables => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'schedule_log_%' ORDER BY table_name";

    internal override bool IsMissingTable(DbException failure) => failure.SqlState == "42S02";

    internal override void AddRows(DbBatchCommand command, IReadOnlyList<Field> columns, int count, Func<int, int, object?> value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            for (var row = 0; row < count; row++)
            {
                json.WriteStartObject();
                for (var column = 0; column < columns.Count; column++)
                {
                    // What is null is left out: JSON's null is not everywhere SQL's.
                    if (value(row, column) is long number) json.WriteNumber(columns[column].Name, number);
                    else if (value(row, column) is string text) json.WriteString(columns[column].Name, text);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@rows", Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        command.Parameters.Add(parameter);
    }

    // SQLSTATE classes: 22 data exception, 23 integrity constraint violation; HY000 with 3819 or 4025 is a CHECK of MySQL or MariaDB.
    internal override bool IsDataError(DbException failure) => failure.SqlState is { } state
        && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || (state == "HY000" && failure.Message.Contains("onstraint", StringComparison.Ordinal)));

    internal override bool IsTaken(DbException failure) => failure.SqlState == "23000";

    internal override bool WasRolledBack(DbException failure) => failure.SqlState == "40001";

    static string Insert(Table table)
    {
        var columns = table.In(WriteKind.Insert);
        return $"INSERT INTO {table.Name} ({List(columns)}) SELECT {List(columns, "i.{0}")} FROM {Rows(columns)} ORDER BY {KeysOf(table, "i")} " +
            $"ON DUPLICATE KEY UPDATE {table.Name}.write_id = {table.Name}.write_id";
    }

    static string Rows(IReadOnlyList<Field> columns) =>
        $"JSON_TABLE(@rows, '$[*]' COLUMNS ({string.Join(", ", columns.Select(column => $"{column.Name} {(column.Holds == Holds.Numbers ? "BIGINT" : "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")} PATH '$.{column.Name}'"))})) AS i";
}
