using System.Buffers;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Polling;

/// <summary>Reads the tables of a definition, and has each batch posted.</summary>
sealed class SqlPollingSource(SqlPollingDefinition definition, SourceConnection source, BatchPost post) : IPollingSource
{
    /// <summary>Columns that stand before those that are posted: the key and the time.</summary>
    const int Cursors = 2;

    /// <summary>Bytes of a row that are shown to people.</summary>
    const int MostJson = 64 * 1024;

    static readonly JsonWriterOptions json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    readonly ConcurrentDictionary<(string, string), PolledColumns> columns = new();

    SourceDialect Dialect => source.Dialect;

    public bool CanReadChanges => definition.TimeColumn is not null;

    public ValueTask<string?> WrongKeyAsync(PollingShard shard, string key, CancellationToken cancellationToken) => InAsync(shard.Database, cancellationToken, async connection =>
    {
        var shape = (await Dialect.CatalogAsync(connection, [shard.Table], cancellationToken)).GetValueOrDefault(shard.Table)?.Columns.GetValueOrDefault(definition.KeyColumn);
        if (shape is null) return null; // the next round will tell
        var holds = await Dialect.ClassOfAsync(connection, shard.Table, shape, cancellationToken);
        return await Dialect.IsValueAsync(connection, shape, holds, key, cancellationToken) ? null
            : $"expected a key such as column {WireText.Quote(shape.Name)} of table {WireText.Quote(shard.Table)} holds{(shape.Type.Length > 0 ? $" ({shape.Type})" : "")}, got {WireText.Quote(key)}";
    });

    public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => InAsync<PollingBounds>(shard.Database, cancellationToken, async connection =>
    {
        // Each time: the table may have been found a moment ago, and rows that came since the last pass may be such that no cursor passes over them.
        var time = (await ColumnsAsync(connection, shard, again: true, cancellationToken)).Time;
        await using var command = Dialect.Command(connection);
        // Not max(): PostgreSQL has none for UUIDs. With an alias: SQLite takes an unknown "name" alone for a text.
        var key = Column(definition.KeyColumn);
        command.CommandText = $"SELECT (SELECT {key} FROM {Dialect.Quote(shard.Table)} AS s WHERE {key} IS NOT NULL ORDER BY {key} DESC LIMIT 1), {time?.ClockSql ?? "NULL"}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var highest = Dialect.Text(reader, 0);
        return time is null ? new(highest) : new(highest, TimeColumn.Instant(Dialect.Text(reader, 1)!), time.Resolution);
    });

    public async ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
        new Page(post, pass is { HighestKey: null, Before: null } ? [] : await InAsync(shard.Database, cancellationToken, connection => ReadAsync(connection, shard, after, pass, limit, cancellationToken)));

    /// <summary>Reads no row, but has the database take the statement that reads them.</summary>
    public ValueTask ProbeAsync(DbConnection connection, string table, CancellationToken cancellationToken) =>
        new(ReadAsync(connection, new("", "", "", table), Cursor.Start, null, 0, cancellationToken).AsTask());

    async ValueTask<IReadOnlyList<SqlRow>> ReadAsync(DbConnection connection, PollingShard shard, Cursor after, PollingPass? pass, int limit, CancellationToken cancellationToken)
    {
        await using var command = Dialect.Command(connection);
        var key = Column(definition.KeyColumn);
        var changed = pass?.Before is null ? null : Column(definition.TimeColumn ?? throw new NonRetryableException("expected a definition with a timeColumn for an incremental pass, got one without"));
        List<string> conditions = [];
        if (pass is { Before: { } before })
        {
            var (held, known) = await ColumnsAsync(connection, shard, again: false, cancellationToken);
            var time = known!;
            // Not "(u, id) > (x, y)": MariaDB reads the whole index for it.
            if (after is { Time: { } at, Key: { } last })
            {
                conditions.Add($"{changed} >= {Add(at, time.Holds)} AND ({changed} > {Add(at, time.Holds)} OR {key} > {Add(last, held)})");
            }
            else if (pass is { From: { } from }) conditions.Add($"{changed} >= {Add(time.Text(from), time.Holds)}");
            conditions.Add($"{changed} < {Add(time.Text(before), time.Holds)}");
        }
        else if (pass is { HighestKey: { } highest })
        {
            var holds = (await ColumnsAsync(connection, shard, again: false, cancellationToken)).Key;
            if (after.Key is { } last) conditions.Add($"{key} > {Add(last, holds)}");
            conditions.Add($"{key} <= {Add(highest, holds)}");
        }
        foreach (var filter in definition.Filter ?? []) conditions.Add(Filters.Sql(filter, Column(filter.Column), value => Dialect.Add(command, Dialect.Native(value))));
        // Checked again: the setting may have changed since the task was defined.
        if (definition.Where is { } raw) conditions.Add(source.AllowRawSql && RawWhere.Wrong(raw) is null ? $"({raw})" : throw new SourceException("expected filter, for the connection takes no conditions in its own words (AllowRawSql is off); got where", false));
        var posted = definition.Columns is { } named ? string.Join(", ", named.Select(Column)) : "s.*";
        var where = conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";
        command.CommandText = FormattableString.Invariant($"SELECT {key}, {changed ?? "NULL"}, {posted} FROM {Dialect.Quote(shard.Table)} AS s{where} ORDER BY {(changed is null ? key : $"{changed}, {key}")} LIMIT {limit}");

        var rows = new List<SqlRow>(Math.Min(limit, 1000));
        var buffer = new ArrayBufferWriter<byte>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = Enumerable.Range(Cursors, reader.FieldCount - Cursors).Select(column => JsonEncodedText.Encode(definition.Columns?[column - Cursors] ?? reader.GetName(column), json.Encoder)).ToArray();
        while (await reader.ReadAsync(cancellationToken))
        {
            buffer.ResetWrittenCount();
            Write(buffer, reader, names);
            rows.Add(new(new(Dialect.Text(reader, 1), Dialect.Text(reader, 0)), buffer.WrittenSpan.ToArray()));
        }
        return rows;

        string Add(string text, ColumnClass holds) => Dialect.Add(command, Dialect.Native(text, holds));
    }

    void Write(IBufferWriter<byte> buffer, DbDataReader reader, JsonEncodedText[] names)
    {
        using var row = new Utf8JsonWriter(buffer, json);
        row.WriteStartObject();
        for (var i = 0; i < names.Length; i++)
        {
            row.WritePropertyName(names[i]);
            Dialect.Write(row, reader, i + Cursors);
        }
        row.WriteEndObject();
    }

    /// <summary>What there is to know of the shard's columns, or why it cannot be polled: looked at when a pass begins, and remembered for its pages.</summary>
    async ValueTask<PolledColumns> ColumnsAsync(DbConnection connection, PollingShard shard, bool again, CancellationToken cancellationToken)
    {
        if (!again && columns.TryGetValue((shard.Database, shard.Table), out var known)) return known;
        var catalog = await Dialect.CatalogAsync(connection, [shard.Table], cancellationToken);
        if (!catalog.TryGetValue(shard.Table, out var shape)) throw new SourceException($"there is no table {WireText.Quote(shard.Table)}", false);
        var check = new TableCheck(definition, source, connection, shard.Database, shard.Table, shape);
        var looked = await check.LookAsync(eachRow: false, cancellationToken);
        return columns[(shard.Database, shard.Table)] = looked ?? throw new SourceException(check.Errors[0].Message, false);
    }

    string Column(string name) => $"s.{Dialect.Quote(name)}";

    /// <summary>Does something with an open connection; what goes wrong says where, and no secret.</summary>
    async ValueTask<T> InAsync<T>(string database, CancellationToken cancellationToken, Func<DbConnection, ValueTask<T>> read)
    {
        try
        {
            await using var connection = await source.OpenAsync(database, cancellationToken);
            return await read(connection);
        }
        catch (SourceException failure)
        {
            var message = failure.Message.StartsWith("connection ", StringComparison.Ordinal) ? failure.Message : $"{source.Where(database)}: {failure.Message}";
            throw failure.Retryable ? new RetryLaterException(message, TimeSpan.Zero, failure.InnerException) : new NonRetryableException(message); // whose words are told as they are
        }
        catch (DbException failure)
        {
            var message = $"{source.Where(database)} does not answer as expected: {source.Redacted(failure.Message)}";
            throw Dialect.IsUnfitValue(failure) ? new NonRetryableException(message, failure) : new RetryLaterException(message, TimeSpan.Zero, failure);
        }
    }

    sealed class Page(BatchPost post, IReadOnlyList<SqlRow> rows) : IPollingPage
    {
        public int Count => rows.Count;

        public Cursor CursorOf(int index) => rows[index].Cursor;

        public string? JsonOf(int index) => rows[index].Json is { Length: <= MostJson } json ? Encoding.UTF8.GetString(json.Span) : null;

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken)
        {
            var batch = new SqlRow[indexes.Length];
            for (var i = 0; i < batch.Length; i++) batch[i] = rows[indexes.Span[i]];
            return post.SendAsync(batch, run, cancellationToken);
        }
    }
}
