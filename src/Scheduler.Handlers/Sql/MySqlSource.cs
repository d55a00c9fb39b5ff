using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Scheduler.Handlers.Connections;

namespace Scheduler.Handlers.Sql;

/// <summary>MySQL and MariaDB, through whatever provider the host brings.</summary>
/// <param name="provider"><c>MySqlConnectorFactory.Instance</c>; null: there is none.</param>
sealed class MySqlSource(DbProviderFactory? provider) : SourceDialect
{
    /// <summary>What .NET's decimal has of every number; the drivers round, without a word, what has more.</summary>
    const int MostDigits = 28;

    static readonly string[] numbers = ["tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "double", "bit", "year"];

    // What they are ordered by is not what they are compared by, or it is no text.
    static readonly string[] unordered = ["float", "enum", "set", "json", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry"];

    public override string Name => "mysql";

    public override string DatabaseKey => "Database";

    public override IReadOnlyList<string> SecretKeys => ["Password", "Pwd", "SslPassword"];

    public override StringComparer Names => StringComparer.OrdinalIgnoreCase;

    public override string CatalogSql => """
        SELECT t.table_name, CASE WHEN t.table_type = 'BASE TABLE' THEN 'table' ELSE 'view' END, c.column_name, c.column_type, CASE WHEN c.is_nullable = 'NO' THEN '0' ELSE '1' END,
            CASE WHEN EXISTS (SELECT 1 FROM information_schema.statistics s WHERE s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.non_unique = 0
                GROUP BY s.index_name HAVING count(*) = 1 AND min(s.column_name) = c.column_name) THEN '1' ELSE '0' END
        FROM information_schema.tables t JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
        WHERE t.table_schema = DATABASE() AND t.table_name IN ({0})
        """;

    public override DbConnectionStringBuilder Builder(string connectionString) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString }; // the provider's own may name its keys otherwise; this one takes any

    public override void Harden(DbConnectionStringBuilder builder)
    {
        builder["AllowLoadLocalInfile"] = "false"; // a server must not ask for files
        // Values as they are: a TINYINT(1) may hold 2, a CHAR(36) any text, a date may be zero.
        builder["TreatTinyAsBoolean"] = "false";
        builder["GuidFormat"] = "None";
        builder["ConvertZeroDateTime"] = "true";
    }

    public override string? Missing => provider is null ? "this program has no driver for it: a cluster's silo has one, and a host of its own names one, AddSqlPolling(configuration, MySqlConnectorFactory.Instance)" : null;

    public override DbConnection Connection(string connectionString)
    {
        var connection = provider?.CreateConnection() ?? throw new NotSupportedException($"expected a driver for MySQL, got none; {Missing}");
        connection.ConnectionString = connectionString;
        return connection;
    }

    /// <summary>A fraction to the last digit. As a text it would be compared as a double.</summary>
    sealed record Exact(string Text);

    public override object Native(string text, ColumnClass holds) =>
        holds == ColumnClass.Number && text.Contains('.') && !text.Contains('E', StringComparison.OrdinalIgnoreCase) ? new Exact(text) : base.Native(text, holds);

    public override string Add(DbCommand command, object value) => value is Exact exact ? $"CAST({base.Add(command, exact.Text)} AS DECIMAL(65,30))" : base.Add(command, value);

    public override string Quote(string identifier) => $"`{identifier.Replace("`", "``")}`";

    public override string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetValue(column) switch
    {
        string text => text,
        byte[] => throw new InvalidOperationException("expected numbers, text or times, got bytes"),
        DateTime { Ticks: 0 } => "0000-00-00 00:00:00.000000",
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        TimeSpan time => Text(time),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        decimal number => Whole(number, reader.GetName(column)).ToString(CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        var other => other.ToString(),
    };

    public override void Write(Utf8JsonWriter json, DbDataReader reader, int column)
    {
        if (reader.IsDBNull(column)) json.WriteNullValue();
        else switch (reader.GetValue(column))
        {
            case sbyte or byte or short or ushort or int or uint or long: Json.WriteInteger(json, Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture)); break;
            case ulong large: Json.WriteInteger(json, large.ToString(CultureInfo.InvariantCulture)); break;
            case float number: Json.WriteNumber(json, number.ToString("R", CultureInfo.InvariantCulture)); break;
            case double number: Json.WriteNumber(json, number); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case DateTime { Ticks: 0 }: json.WriteStringValue("0000-00-00"); break;
            case DateTime day when reader.GetDataTypeName(column).Equals("DATE", StringComparison.OrdinalIgnoreCase): json.WriteStringValue(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)); break;
            case DateTime time: json.WriteStringValue(time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)); break;
            case string text when reader.GetDataTypeName(column).Equals("JSON", StringComparison.OrdinalIgnoreCase): Json.WriteJson(json, text); break;
            default: json.WriteStringValue(Text(reader, column)); break;
        }
    }

    // Hours go beyond a day, and below zero.
    static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture,
        $"{(time < TimeSpan.Zero ? "-" : "")}{(int)time.Duration().TotalHours:00}:{time.Duration():mm\\:ss}{(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "" : time.Duration().ToString(@"\.ffffff", CultureInfo.InvariantCulture))}");

    static decimal Whole(decimal number, string column) => number.ToString(CultureInfo.InvariantCulture).Count(char.IsAsciiDigit) <= MostDigits ? number
        : throw new SourceException($"column {WireText.Quote(column)}: expected decimals of at most {MostDigits} digits, got one that may have more; read it through a view that casts it to text", false);

    public override ValueTask<TimeColumn> TimeOfAsync(DbConnection connection, string table, ColumnShape column, SqlTimeType type, bool eachRow, CancellationToken cancellationToken) => new(TimeOf(table, column, type));

    public override ValueTask<ColumnClass> ClassOfAsync(DbConnection connection, string table, ColumnShape column, CancellationToken cancellationToken)
    {
        var type = string.Concat(column.Type.TakeWhile(char.IsAsciiLetter)); // decimal(28,9) unsigned
        return new(unordered.Contains(type, StringComparer.OrdinalIgnoreCase) ? throw Unfit(table, column.Name, "numbers, text or times, which are compared as they are ordered", type)
            : numbers.Contains(type, StringComparer.OrdinalIgnoreCase) ? ColumnClass.Number : ColumnClass.Text);
    }

    static TimeColumn TimeOf(string table, ColumnShape column, SqlTimeType type)
    {
        if (type != SqlTimeType.Timestamp) return column.Type.Contains("int", StringComparison.OrdinalIgnoreCase) ? TimeColumn.Epoch("DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f')", type) : throw Unfit(table, column.Name, "integers", column.Type);
        if (!column.Type.StartsWith("timestamp", StringComparison.OrdinalIgnoreCase) && !column.Type.StartsWith("datetime", StringComparison.OrdinalIgnoreCase)) throw Unfit(table, column.Name, "a timestamp", column.Type);
        var digits = column.Type.IndexOf('(') is >= 0 and var open ? column.Type[open + 1] - '0' : 0;
        return TimeColumn.Timestamp("DATE_FORMAT(NOW(6), '%Y-%m-%d %H:%i:%s.%f')", TimeColumn.Steps(digits));
    }
}
