using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace Scheduler.Handlers.Sql;

/// <summary>
/// PostgreSQL, with every value as the text that the server writes: exact for each type that it has or will have. Parameters are text of
/// no type, so that the server makes of them what the column holds.
/// </summary>
sealed partial class PostgreSqlSource : SourceDialect
{
    public override string Name => "postgresql";

    public override string DatabaseKey => "Database";

    public override IReadOnlyList<string> SecretKeys => ["Password", "Passfile", "SSL Password"];

    public override StringComparer Names => StringComparer.Ordinal;

    public override string CatalogSql => """
        SELECT c.relname, CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 0 ELSE 1 END,
            CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) THEN 1 ELSE 0 END
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        WHERE c.relname IN ({0}) AND pg_catalog.pg_table_is_visible(c.oid) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
        """;

    public override DbConnectionStringBuilder Builder(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString);

    public override void Harden(DbConnectionStringBuilder builder)
    {
        var settings = (NpgsqlConnectionStringBuilder)builder;
        settings.Timezone ??= "UTC";
        settings.ApplicationName ??= "scheduler";
        settings.IncludeErrorDetail = false;
        settings.PersistSecurityInfo = false;
    }

    public override DbConnection Connection(string connectionString) => new NpgsqlConnection(connectionString);

    public override DbCommand Command(DbConnection connection) => new NpgsqlCommand { Connection = (NpgsqlConnection)connection, CommandTimeout = 30, AllResultTypesAreUnknown = true };

    public override string Add(DbCommand command, object value)
    {
        // By position: Npgsql then leaves the statement as it is, and the server takes one statement alone.
        command.Parameters.Add(new NpgsqlParameter { Value = Convert.ToString(value, CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Unknown });
        return $"${command.Parameters.Count}";
    }

    public override object Native(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    public override object Native(string text, ColumnClass holds) => text;

    public override string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public override void Write(Utf8JsonWriter json, DbDataReader reader, int column)
    {
        if (Text(reader, column) is not { } text)
        {
            json.WriteNullValue();
            return;
        }
        var type = reader.GetDataTypeName(column);
        switch (type.Split('(')[0])
        {
            case "smallint" or "integer" or "oid" or "real" or "double precision": Json.WriteNumber(json, text); break;
            case "bigint": Json.WriteInteger(json, text); break;
            case "boolean": json.WriteBooleanValue(text == "t"); break;
            case "json" or "jsonb": Json.WriteJson(json, text); break;
            case "bytea" when text.StartsWith("\\x", StringComparison.Ordinal): json.WriteBase64StringValue(Convert.FromHexString(text.AsSpan(2))); break;
            case "timestamp with time zone" or "timestamp without time zone" or "timestamp": json.WriteStringValue(Instant(text)); break;
            default: json.WriteStringValue(text); break;
        }
    }

    public override ValueTask<ColumnClass> ClassOfAsync(DbConnection connection, string table, ColumnShape column, CancellationToken cancellationToken) => new(ColumnClass.Text);

    public override ValueTask<TimeColumn> TimeOfAsync(DbConnection connection, string table, ColumnShape column, SqlTimeType type, bool eachRow, CancellationToken cancellationToken) => new(TimeOf(table, column, type));

    static TimeColumn TimeOf(string table, ColumnShape column, SqlTimeType type)
    {
        const string inUtc = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", inSession = "to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.US')";
        if (type != SqlTimeType.Timestamp) return column.Type is "bigint" or "integer" ? TimeColumn.Epoch(inUtc, type) : throw Unfit(table, column.Name, "integers", column.Type);
        if (TimestampForm().Match(column.Type) is not { Success: true } match) throw Unfit(table, column.Name, "a timestamp", column.Type);
        var steps = TimeColumn.Steps(match.Groups[1] is { Success: true, Value: var digits } ? digits[0] - '0' : 6);
        return match.Groups[2].Value == "with" ? TimeColumn.Timestamp(inUtc, steps, zone: "+00") : TimeColumn.Timestamp(inSession, steps);
    }

    public override async ValueTask<bool> IsValueAsync(DbConnection connection, ColumnShape column, ColumnClass holds, string text, CancellationToken cancellationToken)
    {
        await using var command = Command(connection);
        command.CommandText = $"SELECT CAST({Add(command, text)} AS {column.Type})"; // the type as format_type writes it, quoted where it must be
        try
        {
            await command.ExecuteScalarAsync(cancellationToken);
            return true;
        }
        catch (PostgresException refused) when (IsUnfitValue(refused))
        {
            return false;
        }
    }

    public override bool IsUnfitValue(DbException failure) => failure.SqlState?.StartsWith("22", StringComparison.Ordinal) == true; // data exceptions

    [GeneratedRegex(@"^timestamp(?:\((\d)\))? (with|without) time zone\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimestampForm();

    /// <summary>From <c>2026-01-31 08:00:00.123456+00</c> to RFC 3339; what has another form (<c>infinity</c>, years before Christ) stays.</summary>
    static string Instant(string text)
    {
        if (InstantForm().Match(text) is not { Success: true } match) return text;
        var (offset, minutes) = (match.Groups[3].Value, match.Groups[4].Value);
        return $"{match.Groups[1].Value}T{match.Groups[2].Value}{(offset.Length == 0 ? "" : $"{offset}{minutes}" is "+00" or "-00" or "+00:00" ? "Z" : $"{offset}{(minutes.Length == 0 ? ":00" : minutes)}")}";
    }

    [GeneratedRegex(@"^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)([+-]\d{2})?(:\d{2})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex InstantForm();
}
