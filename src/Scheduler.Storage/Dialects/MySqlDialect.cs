using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage.Dialects;

/// <summary>
/// Rows come as one JSON parameter. There is no <c>RETURNING</c> on updates: who won is read back by write id in the same transaction.
/// </summary>
sealed class MySqlDialect : ServerDialect
{
    // The server's locks are not a database's; a name has at most 64 characters.
    const string LockName = "CONCAT('schedule_', MD5(DATABASE()))";

    // What the escapes of JSON and of a literal make of it stays below the 16 MiB that a packet has where nobody set it.
    const int CharactersOfPacket = 1 << 20;

    // The tables', which tells blanks at the end; each of the two reads the comment that is for it.
    const string Collation = "COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */";

    const int DuplicateEntry = 1062, LockWaitTimeout = 1205;

    // A text that the column's character set has not; a CHECK of MySQL, and one of MariaDB.
    static readonly int[] refusals = [1366, 3819, 4025];

    // Table exists, no such column, column exists, index exists, nothing of that name to drop.
    static readonly int[] done = [1050, 1054, 1060, 1061, 1091];

    // It is put into a parameter, never into a page.
    static readonly JsonWriterOptions terse = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override string Name => "mysql";

    internal override string BigInt => "SIGNED";

    internal override string Microseconds => "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)";

    internal override string Contains(string column, string parameter) => $"LOCATE({parameter}, {column}) > 0";

    internal override string OnExistingId => "ON DUPLICATE KEY UPDATE";

    internal override string Brought(string column) => $"VALUES({column})";

    // As a condition it reads the table whole, and locks it; and a LIMIT may not stand in it.
    internal override string DeleteThose(string table, string key, string query) => $"DELETE t FROM ({query}) AS gone STRAIGHT_JOIN {table} AS t FORCE INDEX (PRIMARY) ON t.{key} = gone.{key}";

    // DDL commits by itself here: what was applied is recorded statement by statement, and a start that was cut off goes on after the last.
    internal override IReadOnlyList<string> BeginMigration(TimeSpan timeout) => [$"SELECT GET_LOCK({LockName}, {(int)timeout.TotalSeconds})"];

    internal override string EndMigration => $"SELECT RELEASE_LOCK({LockName})";

    internal override string AbandonMigration => EndMigration;

    internal override bool WasDone(DbException failure) => done.Contains(Code(failure));

    internal override int MostCharacters => CharactersOfPacket;

    internal override bool BatchIsTransaction => false;

    internal override IReadOnlyList<RowStatement> WriteRows(Table table, WriteKind kind)
    {
        var columns = table.In(kind);
        IReadOnlyList<Column> keys = [.. columns.Where(column => table.Keys.Contains(column.Name))], written = [.. keys, columns.Single(column => column.Name == "write_id")];
        var readBack = new RowStatement($"SELECT t.write_id FROM {Rows(written)} {ByKey(table)} WHERE t.write_id = i.write_id", written);
        if (kind == WriteKind.Insert) return [new(Insert(table), columns), readBack];
        return [new($"UPDATE {Rows(columns)} {ByKey(table)} SET {List(table.SetBy(kind), "t.{0} = i.{0}")} WHERE t.version = i.version - 1", columns), readBack];
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
        using (var json = new Utf8JsonWriter(buffer, terse))
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

    // SQLSTATE classes: 22 data exception, 23 integrity constraint violation.
    internal override bool IsDataError(DbException failure) => failure.SqlState is { } state
        && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || refusals.Contains(Code(failure)));

    // Not its SQLSTATE, which MariaDB gives to a CHECK too.
    internal override bool IsTaken(DbException failure) => Code(failure) == DuplicateEntry;

    // A deadlock; and a wait for a lock that was too long, which undoes a statement alone: what stands around it is rolled back by whoever gives it up.
    internal override bool WasRolledBack(DbException failure) => failure.SqlState == "40001" || Code(failure) == LockWaitTimeout;

    // By its name in the data that every driver hands on: the number is none of ADO.NET's.
    static int Code(DbException failure) => failure.Data["Server Error Code"] is { } code ? Convert.ToInt32(code, CultureInfo.InvariantCulture) : 0;

    static string Insert(Table table)
    {
        var columns = table.In(WriteKind.Insert);
        return $"INSERT INTO {table.Name} ({List(columns)}) SELECT {List(columns, "i.{0}")} FROM {Rows(columns)} " +
            $"ON DUPLICATE KEY UPDATE {table.Name}.write_id = {table.Name}.write_id";
    }

    // One lookup after the other, in the rows' order, which is the order of the locks; left to itself it reads a small table whole, and locks it.
    static string ByKey(Table table) => $"STRAIGHT_JOIN {table.Name} AS t FORCE INDEX (PRIMARY) ON {OnKeys(table)}";

    static string Rows(IReadOnlyList<Field> columns) =>
        $"JSON_TABLE(@rows, '$[*]' COLUMNS ({string.Join(", ", columns.Select(column => $"{column.Name} {(column.Holds == Holds.Numbers ? "BIGINT" : $"LONGTEXT CHARACTER SET utf8mb4 {Collation}")} PATH '$.{column.Name}'"))})) AS i";
}
