using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Handlers.Connections;

namespace Scheduler.Handlers.Sql;

/// <summary>SQLite files, opened for reading alone. A column holds what each row says; the order is numbers, text, blobs.</summary>
sealed class SqliteSource : SourceDialect
{
    public override string Name => "sqlite";

    public override string DatabaseKey => "Data Source";

    public override StringComparer Names => StringComparer.OrdinalIgnoreCase;

    public override string CatalogSql => """
        SELECT m.name, m.type, c.name, c.type, CASE WHEN c."notnull" OR (c.pk = 1 AND upper(c.type) = 'INTEGER' AND k.parts = 1) THEN '0' ELSE '1' END,
            CASE WHEN (c.pk = 1 AND k.parts = 1) OR EXISTS (
                SELECT 1 FROM pragma_index_list(m.name) i WHERE i."unique" AND NOT i.partial
                    AND (SELECT count(*) FROM pragma_index_info(i.name)) = 1 AND (SELECT name FROM pragma_index_info(i.name)) = c.name) THEN '1' ELSE '0' END
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

    public override async ValueTask<TimeColumn> TimeOfAsync(DbConnection connection, string table, string column, SqlTimeType type, CancellationToken cancellationToken)
    {
        const string clock = "strftime('%Y-%m-%d %H:%M:%f', 'now')";
        await using var command = Command(connection);
        var time = $"s.{Quote(column)}";
        command.CommandText = $"SELECT {time} FROM {Quote(table)} AS s ORDER BY {time} DESC LIMIT 1";
        var highest = await command.ExecuteScalarAsync(cancellationToken);
        await ClassOfAsync(connection, table, column, cancellationToken); // one type from the lowest to the highest
        return (type, highest) switch
        {
            (SqlTimeType.Timestamp, null or DBNull) => TimeColumn.Timestamp(clock, TimeSpan.FromSeconds(1)),
            (SqlTimeType.Timestamp, string { Length: >= 10 } text) => TimeColumn.Timestamp(clock, TimeSpan.FromSeconds(1), text.Length > 10 ? text[10] : ' '),
            (not SqlTimeType.Timestamp, null or DBNull or long) => TimeColumn.Epoch(clock, type),
            (SqlTimeType.Timestamp, _) => throw Unfit(table, column, "text such as \"2026-01-31 08:00:00\", or another timeType", highest is string ? "other text" : "numbers"),
            _ => throw Unfit(table, column, "integers", highest is string ? "text" : "fractions"),
        };
    }

    public override async ValueTask<ColumnClass> ClassOfAsync(DbConnection connection, string table, string column, CancellationToken cancellationToken)
    {
        // Values are ordered by their type first, so both ends of the column tell of all that is between them.
        var (lowest, highest) = (await EndAsync("ASC"), await EndAsync("DESC"));
        if (lowest == highest && lowest is "number" or "text" or null) return highest == "number" ? ColumnClass.Number : ColumnClass.Text;
        var holds = lowest == highest ? lowest : $"both {lowest} and {highest}";
        throw new SourceException($"column {WireText.Quote(column)} of table {WireText.Quote(table)} holds {holds}: expected numbers alone or text alone, which have one order", false);

        async Task<string?> EndAsync(string direction)
        {
            await using var command = Command(connection);
            var quoted = $"s.{Quote(column)}";
            command.CommandText = $"SELECT replace(replace(typeof({quoted}), 'integer', 'number'), 'real', 'number') FROM {Quote(table)} AS s WHERE {quoted} IS NOT NULL ORDER BY {quoted} {direction} LIMIT 1";
            return await command.ExecuteScalarAsync(cancellationToken) as string;
        }
    }
}
