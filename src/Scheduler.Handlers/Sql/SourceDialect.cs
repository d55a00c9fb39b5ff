using System.Data.Common;
using System.Globalization;
using System.Text.Json;

namespace Scheduler.Handlers.Sql;

/// <summary>
/// What differs between databases that are read. Values only ever travel as parameters, and identifiers are quoted; where one is put
/// into a statement, it is the statement of this dialect alone.
/// </summary>
abstract class SourceDialect
{
    /// <summary>As the settings name it.</summary>
    public abstract string Name { get; }

    /// <summary>Why this program cannot speak to it; null where it can.</summary>
    public virtual string? Missing => null;

    /// <summary>The key of the connection string that names the database.</summary>
    public abstract string DatabaseKey { get; }

    /// <summary>Keys of the connection string whose values nobody may see.</summary>
    public virtual IReadOnlyList<string> SecretKeys => ["Password"];

    /// <summary>How names of tables and columns are looked up in the catalog.</summary>
    public abstract StringComparer Names { get; }

    /// <summary>Which names mean one table for certain, whatever the server's settings are.</summary>
    public virtual StringComparer TableNames => StringComparer.Ordinal;

    /// <summary>Tables, their columns, and what is unique in them: table, kind, column, type, nullable, unique. <c>{0}</c> stands for the tables' names.</summary>
    public abstract string CatalogSql { get; }

    public abstract DbConnectionStringBuilder Builder(string connectionString);

    /// <summary>Sees to it that nothing is written, and that nobody waits for long.</summary>
    public abstract void Harden(DbConnectionStringBuilder builder);

    public abstract DbConnection Connection(string connectionString);

    public virtual string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"")}\"";

    /// <summary>A command that is read with <see cref="Text"/> and <see cref="Write"/>.</summary>
    public virtual DbCommand Command(DbConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandTimeout = 30;
        return command;
    }

    /// <summary>Adds a parameter.</summary>
    /// <returns>How the statement names it.</returns>
    public virtual string Add(DbCommand command, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ($"@p{command.Parameters.Count}", value);
        command.Parameters.Add(parameter);
        return parameter.ParameterName;
    }

    /// <summary>A column's value that <see cref="Text"/> gave, as a parameter takes it.</summary>
    public virtual object Native(string text, ColumnClass holds) => holds != ColumnClass.Number ? text
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var large) ? large
        : Fraction(text);

    /// <summary>A value of a filter, as a parameter takes it.</summary>
    public virtual object Native(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => Native(value.GetRawText(), ColumnClass.Number),
        _ => value.GetString()!,
    };

    /// <summary>A value as canonical text at full precision; null where it is null.</summary>
    public abstract string? Text(DbDataReader reader, int column);

    /// <summary>A value as JSON.</summary>
    public abstract void Write(Utf8JsonWriter json, DbDataReader reader, int column);

    /// <summary>What a column holds, as far as parameters that are compared with it must know; refuses one whose values have no common order.</summary>
    /// <exception cref="Connections.SourceException">It holds values of mixed type.</exception>
    public abstract ValueTask<ColumnClass> ClassOfAsync(DbConnection connection, string table, ColumnShape column, CancellationToken cancellationToken);

    /// <summary>How a time column writes instants. <paramref name="eachRow"/>: it may look at all rows, where the column's type does not tell.</summary>
    /// <exception cref="Connections.SourceException">It does not hold what the definition says.</exception>
    public abstract ValueTask<TimeColumn> TimeOfAsync(DbConnection connection, string table, ColumnShape column, SqlTimeType type, bool eachRow, CancellationToken cancellationToken);

    /// <summary>Whether the catalog's word on a column says that it alone is a unique key.</summary>
    protected virtual bool IsUnique(DbConnection connection, string table, string column, string? word) => word == "1";

    /// <summary>Those of the tables that there are.</summary>
    public async Task<IReadOnlyDictionary<string, TableShape>> CatalogAsync(DbConnection connection, IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        var shapes = new Dictionary<string, TableShape>(Names);
        foreach (var some in tables.Chunk(1000))
        {
            await using var command = Command(connection);
            command.CommandText = string.Format(CultureInfo.InvariantCulture, CatalogSql, string.Join(", ", some.Select(table => Add(command, table))));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var table = Text(reader, 0)!;
                if (!shapes.TryGetValue(table, out var shape)) shapes.Add(table, shape = new(Text(reader, 1) == "view", new(Names)));
                var name = Text(reader, 2)!;
                shape.Columns[name] = new(name, Text(reader, 3) ?? "", Text(reader, 4) == "1", IsUnique(connection, table, name, Text(reader, 5)));
            }
        }
        return shapes;
    }

    protected static Connections.SourceException Unfit(string table, string column, string expected, string got) =>
        new($"column {WireText.Quote(column)} of table {WireText.Quote(table)}: expected {expected}, got {got}", false);

    /// <summary>Whether a text that people gave may be a value of the column.</summary>
    public virtual ValueTask<bool> IsValueAsync(DbConnection connection, ColumnShape column, ColumnClass holds, string text, CancellationToken cancellationToken) =>
        new(holds != ColumnClass.Number || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _));

    /// <summary>Whether the database refused a value for what it is: the next attempt would bring the same.</summary>
    public virtual bool IsUnfitValue(DbException failure) => false;

    static object Fraction(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) && exact.ToString(CultureInfo.InvariantCulture).Length >= text.Length ? exact
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rough) ? rough
        : throw new Connections.SourceException($"expected a number, which is what the column holds, got {WireText.Quote(text)}", false);
}

/// <summary>What parameters that are compared with a column must know of it.</summary>
enum ColumnClass
{
    None = 0,
    /// <summary>Nothing: the database makes of a text what the column holds.</summary>
    Text,
    /// <summary>They are numbers.</summary>
    Number,
}

/// <summary>A table or a view of the catalog.</summary>
/// <param name="IsView">The catalog knows nothing of keys.</param>
/// <param name="Columns">Its columns, by name.</param>
sealed record TableShape(bool IsView, Dictionary<string, ColumnShape> Columns);

/// <summary>A column of the catalog.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as the database writes it.</param>
/// <param name="IsNullable">Whether it may be null.</param>
/// <param name="IsUnique">Whether it alone is a unique key.</param>
sealed record ColumnShape(string Name, string Type, bool IsNullable, bool IsUnique);
