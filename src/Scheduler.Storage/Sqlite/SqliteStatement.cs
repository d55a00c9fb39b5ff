using Microsoft.Data.Sqlite;
using Scheduler.Storage.Rows;
using SQLitePCL;

namespace Scheduler.Storage.Sqlite;

/// <summary>
/// A prepared statement that is bound by position, straight on the library: a checkpoint has two dozen values, and ADO.NET's way of
/// looking each of them up by name costs several times what SQLite takes to write the row.
/// </summary>
sealed class SqliteStatement : IDisposable
{
    readonly sqlite3 database;
    readonly sqlite3_stmt statement;

    /// <summary>Prepares the statement; <c>@name</c> takes the value of the column of that name.</summary>
    public SqliteStatement(SqliteConnection connection, string sql, IReadOnlyList<Field> columns)
    {
        database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
        Columns = columns;
        Positions = [.. columns.Select(column => raw.sqlite3_bind_parameter_index(statement, $"@{column.Name}"))];
    }

    public IReadOnlyList<Field> Columns { get; }

    int[] Positions { get; }

    /// <summary>Runs it with the values of its columns.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">What the library says.</exception>
    public int Execute(ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
            Check(values[i] switch
            {
                null => raw.sqlite3_bind_null(statement, Positions[i]),
                long number => raw.sqlite3_bind_int64(statement, Positions[i], number),
                string text => raw.sqlite3_bind_text(statement, Positions[i], text),
                var other => throw new InvalidOperationException($"expected a number or text for {Columns[i].Name}, got {other}"),
            });
        var result = raw.sqlite3_step(statement);
        // The reason is the connection's: it is taken before the reset.
        var failure = result == raw.SQLITE_DONE ? null : Failure();
        raw.sqlite3_reset(statement);
        return failure is null ? raw.sqlite3_changes(database) : throw failure;
    }

    public void Dispose() => statement.Dispose();

    void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Failure();
    }

    SqliteException Failure() => new(raw.sqlite3_errmsg(database).utf8_to_string(), raw.sqlite3_errcode(database), raw.sqlite3_extended_errcode(database));
}
