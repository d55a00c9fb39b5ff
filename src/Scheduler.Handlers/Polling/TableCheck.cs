using System.Data.Common;
using System.Globalization;
using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Polling;

/// <summary>Holds a definition against one table: when the task is defined, and again whenever a pass begins, for tables are found and change.</summary>
/// <param name="definition">The definition.</param>
/// <param name="source">Where the table is.</param>
/// <param name="connection">An open connection to its database.</param>
/// <param name="database">Its database.</param>
/// <param name="table">Its name.</param>
/// <param name="shape">It, as the catalog has it.</param>
sealed class TableCheck(SqlPollingDefinition definition, SourceConnection source, DbConnection connection, string database, string table, TableShape shape)
{
    readonly List<FieldError> errors = [];

    SourceDialect Dialect => source.Dialect;

    string Where => $"connection \"{source.Name}\": table {WireText.Quote(database)}.{WireText.Quote(table)}";

    /// <summary>What is wrong: fields of the definition, and messages.</summary>
    public IReadOnlyList<FieldError> Errors => errors;

    /// <summary>Looks at what there is to know of the table's columns. Where something is wrong, <see cref="Errors"/> say so.</summary>
    /// <param name="eachRow">Whether it may take as long as to read a column of all rows.</param>
    /// <param name="cancellationToken">Gives the look up.</param>
    public async ValueTask<PolledColumns?> LookAsync(bool eachRow, CancellationToken cancellationToken)
    {
        CheckColumns();
        if (errors.Count > 0) return null;
        var key = shape.Columns[definition.KeyColumn];
        await CheckNullAsync("keyColumn", key, cancellationToken);
        if (eachRow && shape.IsView && !key.IsUnique) await CheckRepeatedAsync(key, cancellationToken);
        var holds = await HeldAsync("keyColumn", () => Dialect.ClassOfAsync(connection, table, key, cancellationToken));
        if (definition.TimeColumn is not { } name) return errors.Count > 0 ? null : new(holds, null);

        var changed = shape.Columns[name];
        await CheckNullAsync("timeColumn", changed, cancellationToken);
        var time = await HeldAsync("timeColumn", async () =>
        {
            var looked = await Dialect.TimeOfAsync(connection, table, changed, definition.TimeType, eachRow, cancellationToken);
            if (definition.TimeType != SqlTimeType.Timestamp) await CheckUnitAsync(changed, looked, cancellationToken);
            return looked;
        });
        return errors.Count > 0 ? null : new(holds, time);
    }

    void CheckColumns()
    {
        Has("keyColumn", definition.KeyColumn);
        if (definition.TimeColumn is { } time) Has("timeColumn", time);
        foreach (var (at, column) in (definition.Columns ?? []).Index()) Has($"columns[{at}]", column);
        foreach (var (at, filter) in (definition.Filter ?? []).Index()) Has($"filter[{at}].column", filter.Column);
        if (shape.Columns.TryGetValue(definition.KeyColumn, out var key) && !key.IsUnique && !shape.IsView)
            errors.Add(new("keyColumn", $"{Where} has column {WireText.Quote(definition.KeyColumn)}, but no primary key or unique index of it alone, in its own order: rows with one key might be passed over"));

        void Has(string field, string column)
        {
            if (!shape.Columns.ContainsKey(column)) errors.Add(new(field, $"{Where} has no column {WireText.Quote(column)}{WireText.DidYouMean(column, shape.Columns.Keys)}"));
        }
    }

    async Task CheckNullAsync(string field, ColumnShape column, CancellationToken cancellationToken)
    {
        if ((column.IsNullable || shape.IsView) && await AnyAsync($"WHERE s.{Dialect.Quote(column.Name)} IS NULL", cancellationToken))
            errors.Add(new(field, $"{Where}: column {WireText.Quote(column.Name)} holds NULL: expected a value in each row"));
    }

    /// <summary>The catalog knows nothing of a view's keys, so its rows are asked.</summary>
    async Task CheckRepeatedAsync(ColumnShape key, CancellationToken cancellationToken)
    {
        if (await AnyAsync($"GROUP BY s.{Dialect.Quote(key.Name)} HAVING count(*) > 1", cancellationToken))
            errors.Add(new("keyColumn", $"{Where}: column {WireText.Quote(key.Name)} holds one key in several rows of this view: rows with one key might be passed over"));
    }

    async Task<bool> AnyAsync(string rows, CancellationToken cancellationToken)
    {
        await using var command = Dialect.Command(connection);
        command.CommandTimeout = 0; // whoever looks has a time of its own
        command.CommandText = $"SELECT 1 FROM {Dialect.Quote(table)} AS s {rows} LIMIT 1";
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    async Task CheckUnitAsync(ColumnShape column, TimeColumn time, CancellationToken cancellationToken)
    {
        await using var command = Dialect.Command(connection);
        var quoted = $"s.{Dialect.Quote(column.Name)}";
        command.CommandText = $"SELECT (SELECT {quoted} FROM {Dialect.Quote(table)} AS s WHERE {quoted} IS NOT NULL ORDER BY {quoted} DESC LIMIT 1), {time.ClockSql}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (long.TryParse(Dialect.Text(reader, 0), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var highest) && SqlTimeValues.OtherUnit(highest, definition.TimeType, TimeColumn.Instant(Dialect.Text(reader, 1)!)) is { } other)
            throw new SourceException($"column {WireText.Quote(column.Name)} of table {WireText.Quote(table)}: expected {WireText.Of(definition.TimeType)}, got {highest} as the highest value, which counts in {other}", false);
    }

    async ValueTask<T?> HeldAsync<T>(string field, Func<ValueTask<T>> look)
    {
        try
        {
            return await look();
        }
        catch (SourceException unfit)
        {
            errors.Add(new(field, $"{source.Where(database)}: {unfit.Message}"));
            return default;
        }
    }
}

/// <summary>What queries must know of a table's columns.</summary>
/// <param name="Key">What the key column holds.</param>
/// <param name="Time">How the time column writes instants; null: the definition has none.</param>
sealed record PolledColumns(ColumnClass Key, TimeColumn? Time);
