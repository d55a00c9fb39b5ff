using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Handlers.Connections;
using SQLitePCL;

namespace Scheduler.Handlers.Sql;

/// <summary>SQLite files, opened for reading alone. A column holds what each row says; the order is numbers, text, blobs.</summary>
sealed class SqliteSource : SourceDialect
{
    public override string Name => "sqlite";

    public override string DatabaseKey => "Data Source";

    public override StringComparer Names => StringComparer.OrdinalIgnoreCase;

    public override StringComparer TableNames => Names;

    public override string CatalogSql => """
        SELECT m.name, m.type, c.name, c.type, CASE WHEN c."notnull" OR (c.pk = 1 AND upper(c.type) = 'INTEGER' AND k.parts = 1) THEN '0' ELSE '1' END,
            CASE WHEN c.pk = 1 AND upper(c.type) = 'INTEGER' AND k.parts = 1 THEN '1' ELSE (SELECT group_concat(x.coll) FROM pragma_index_list(m.name) i JOIN pragma_index_xinfo(i.name) x
                WHERE i."unique" AND NOT i.partial AND (SELECT count(*) FROM pragma_index_info(i.name)) = 1 AND x.key AND x.name = c.name) END
        FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c JOIN (SELECT name, (SELECT count(*) FROM pragma_table_info(s.name) WHERE pk > 0) AS parts FROM sqlite_master s) k ON k.name = m.name
        WHERE m.type IN ('table', 'view') AND m.name COLLATE NOCASE IN ({0})
        """;

    public override DbConnectionStringBuilder Builder(string connectionString) => new SqliteConnectionStringBuilder(connectionString);

    public override void Harden(DbConnectionStringBuilder builder)
    {
        var settings = (SqliteConnectionStringBuilder)builder;
        settings.Mode = SqliteOpenMode.ReadOnly;
        settings.Pooling = false; // a file that is replaced is seen at once, and one that is deleted is gone
    }

    public override DbConnection Connection(string connectionString) => new SqliteConnection(connectionString);

    public override object Native(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1L,
        JsonValueKind.False => 0L,
        _ => base.Native(value),
    };

    public override object Native(string text, ColumnClass holds) => base.Native(text, holds) switch
    {
        decimal fraction => (double)fraction,
        ulong large => (double)large,
        var value => value,
    };

    public override string? Text(DbDataReader reader, int column) => reader.GetValue(column) switch
    {
        DBNull => null,
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        var other => throw new InvalidOperationException($"expected numbers or text, got {other.GetType().Name}"),
    };

    public override void Write(Utf8JsonWriter json, DbDataReader reader, int column)
    {
        switch (reader.GetValue(column))
        {
            case long number: Json.WriteInteger(json, number); break;
            case double number: Json.WriteNumber(json, number); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case string text when reader.GetDataTypeName(column).StartsWith("JSON", StringComparison.OrdinalIgnoreCase): Json.WriteJson(json, text); break;
            case string text: json.WriteStringValue(text); break;
            default: json.WriteNullValue(); break;
        }
    }

    /// <summary>What is unique by one collation is not by another, and a column is ordered by its own: the catalog lists the collations of its unique indexes.</summary>
    protected override bool IsUnique(DbConnection connection, string table, string column, string? word)
    {
        if (word is null or "1") return word is not null;
        var known = raw.sqlite3_table_column_metadata(((SqliteConnection)connection).Handle, null, table, column, out _, out var collation, out _, out _, out _);
        return known == raw.SQLITE_OK && word.Split(',').Contains(collation, StringComparer.OrdinalIgnoreCase);
    }

    public override async ValueTask<TimeColumn> TimeOfAsync(DbConnection connection, string table, ColumnShape column, SqlTimeType type, bool eachRow, CancellationToken cancellationToken)
    {
        const string clock = "strftime('%Y-%m-%d %H:%M:%f', 'now')";
        await ClassOfAsync(connection, table, column, cancellationToken); // one type from the lowest to the highest
        await using var command = Command(connection);
        var time = $"s.{Quote(column.Name)}";
        string End(string order) => $"(SELECT {time} FROM {Quote(table)} AS s WHERE {time} IS NOT NULL ORDER BY {time}{order} LIMIT 1)";
        command.CommandText = $"SELECT {End("")}, {End(" DESC")}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (lowest, highest) = (reader.GetValue(0), reader.GetValue(1));
        return (type, lowest, highest) switch
        {
            (SqlTimeType.Timestamp, DBNull, _) => TimeColumn.Timestamp(clock, TimeSpan.FromSeconds(1)),
            (SqlTimeType.Timestamp, string first, string last) => TimeColumn.Timestamp(clock, TimeSpan.FromSeconds(1), await SeparatorAsync(connection, table, column.Name, first, last, eachRow, cancellationToken)),
            (not SqlTimeType.Timestamp, DBNull or long, DBNull or long) => TimeColumn.Epoch(clock, type),
            (SqlTimeType.Timestamp, _, _) => throw Unfit(table, column.Name, $"{SqlTimeValues.Form}, or another timeType", "numbers"),
            _ => throw Unfit(table, column.Name, "integers", highest is string ? "text" : "fractions"),
        };
    }

    /// <summary>What stands between date and time in all rows: bounds have to be written so too. Rows with another stand elsewhere in the order than their instants do.</summary>
    async ValueTask<char> SeparatorAsync(DbConnection connection, string table, string column, string first, string last, bool eachRow, CancellationToken cancellationToken)
    {
        foreach (var end in new[] { first, last })
            if (SqlTimeValues.SeparatorOf(end) is null) throw Unfit(table, column, SqlTimeValues.Form, SqlTimeValues.Shown(end));
        var separator = first[10];
        if (last[10] != separator) throw Unfit(table, column, SqlTimeValues.Form, $"{SqlTimeValues.Shown(first)} and {SqlTimeValues.Shown(last)}");
        await using var command = Command(connection);
        var (time, other) = ($"s.{Quote(column)}", separator == ' ' ? 'T' : ' ');
        // Later, what is written now is looked at: an index finds the day's rows with the other separator, which stand together.
        string Day(string shift) => $"({time} >= date('now'{shift}) || '{other}' AND {time} < date('now'{shift}) || '{(char)(other + 1)}')";
        command.CommandText = $"SELECT {time} FROM {Quote(table)} AS s WHERE {(eachRow ? $"{time} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]{separator}[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'" : $"{Day("")} OR {Day(", '-1 day'")}")} LIMIT 1";
        return await command.ExecuteScalarAsync(cancellationToken) is string odd ? throw Unfit(table, column, SqlTimeValues.Form, $"{SqlTimeValues.Shown(last)} and {SqlTimeValues.Shown(odd)}") : separator;
    }

    public override async ValueTask<ColumnClass> ClassOfAsync(DbConnection connection, string table, ColumnShape column, CancellationToken cancellationToken)
    {
        // Values are ordered by their type first, so both ends of the column tell of all that is between them.
        var (lowest, highest) = (await EndAsync("ASC"), await EndAsync("DESC"));
        if (lowest == highest && lowest is "number" or "text" or null) return highest == "number" ? ColumnClass.Number : ColumnClass.Text;
        var holds = lowest == highest ? lowest : $"both {lowest} and {highest}";
        throw new SourceException($"column {WireText.Quote(column.Name)} of table {WireText.Quote(table)} holds {holds}: expected numbers alone or text alone, which have one order", false);

        async Task<string?> EndAsync(string direction)
        {
            await using var command = Command(connection);
            var quoted = $"s.{Quote(column.Name)}";
            command.CommandText = $"SELECT replace(replace(typeof({quoted}), 'integer', 'number'), 'real', 'number') FROM {Quote(table)} AS s WHERE {quoted} IS NOT NULL ORDER BY {quoted} {direction} LIMIT 1";
            return await command.ExecuteScalarAsync(cancellationToken) as string;
        }
    }
}
