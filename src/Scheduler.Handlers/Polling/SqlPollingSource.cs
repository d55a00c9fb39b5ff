using System.Buffers;
using System.Data.Common;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Polling;

/// <summary>Reads the tables of a definition, and has each batch posted.</summary>
sealed class SqlPollingSource(SqlPollingDefinition definition, SourceConnection source, BatchPost post) : IPollingSource
{
    static readonly JsonWriterOptions json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    readonly Dictionary<(string, string), ColumnClass> keys = [];
    readonly Lock gate = new();

    SourceDialect Dialect => source.Dialect;

    public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => InAsync<PollingBounds>(shard.Database, cancellationToken, async connection =>
    {
        await KeyAsync(connection, shard, again: true, cancellationToken);
        await using var command = Dialect.Command(connection);
        // Not max(): PostgreSQL has none for UUIDs. With an alias: SQLite takes an unknown "name" alone for a text.
        command.CommandText = $"SELECT s.{Dialect.Quote(definition.KeyColumn)} FROM {Dialect.Quote(shard.Table)} AS s WHERE s.{Dialect.Quote(definition.KeyColumn)} IS NOT NULL ORDER BY s.{Dialect.Quote(definition.KeyColumn)} DESC LIMIT 1";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return new(await reader.ReadAsync(cancellationToken) ? Dialect.Text(reader, 0) : null);
    });

    public async ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
        new Page(post, pass.HighestKey is null ? [] : await InAsync(shard.Database, cancellationToken, connection => ReadAsync(connection, shard, after, pass, limit, cancellationToken)));

    /// <summary>Reads no row, but has the database take the statement that reads them.</summary>
    public ValueTask ProbeAsync(DbConnection connection, string table, CancellationToken cancellationToken) =>
        new(ReadAsync(connection, new("", "", "", table), Cursor.Start, null, 0, cancellationToken).AsTask());

    async ValueTask<IReadOnlyList<SqlRow>> ReadAsync(DbConnection connection, PollingShard shard, Cursor after, PollingPass? pass, int limit, CancellationToken cancellationToken)
    {
        await using var command = Dialect.Command(connection);
        var key = Column(definition.KeyColumn);
        List<string> conditions = [];
        if (pass is { HighestKey: { } highest })
        {
            var holds = await KeyAsync(connection, shard, again: false, cancellationToken);
            if (after.Key is { } last) conditions.Add($"{key} > {Dialect.Add(command, Dialect.Native(last, holds))}");
            conditions.Add($"{key} <= {Dialect.Add(command, Dialect.Native(highest, holds))}");
        }
        foreach (var filter in definition.Filter ?? []) conditions.Add(Filters.Sql(filter, Column(filter.Column), value => Dialect.Add(command, Dialect.Native(value))));
        // Checked again: the setting may have changed since the task was defined.
        if (definition.Where is { } raw) conditions.Add(source.AllowRawSql && RawWhere.Wrong(raw) is null ? $"({raw})" : throw new SourceException("takes no condition in its own words (AllowRawSql)", false));
        var columns = definition.Columns is { } named ? string.Join(", ", named.Select(Column)) : "s.*";
        var where = conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";
        command.CommandText = FormattableString.Invariant($"SELECT {key}, {columns} FROM {Dialect.Quote(shard.Table)} AS s{where} ORDER BY {key} LIMIT {limit}");

        var rows = new List<SqlRow>(Math.Min(limit, 1000));
        var buffer = new ArrayBufferWriter<byte>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = Enumerable.Range(1, reader.FieldCount - 1).Select(column => JsonEncodedText.Encode(definition.Columns?[column - 1] ?? reader.GetName(column), json.Encoder)).ToArray();
        while (await reader.ReadAsync(cancellationToken))
        {
            buffer.ResetWrittenCount();
            Write(buffer, reader, names);
            rows.Add(new(new(null, Dialect.Text(reader, 0)), buffer.WrittenSpan.ToArray()));
        }
        return rows;
    }

    void Write(IBufferWriter<byte> buffer, DbDataReader reader, JsonEncodedText[] names)
    {
        using var row = new Utf8JsonWriter(buffer, json);
        row.WriteStartObject();
        for (var i = 0; i < names.Length; i++)
        {
            row.WritePropertyName(names[i]);
            Dialect.Write(row, reader, i + 1);
        }
        row.WriteEndObject();
    }

    /// <summary>What the key column holds: looked at when a pass begins, and remembered for its pages.</summary>
    async ValueTask<ColumnClass> KeyAsync(DbConnection connection, PollingShard shard, bool again, CancellationToken cancellationToken)
    {
        var at = (shard.Database, shard.Table);
        if (!again)
            lock (gate)
                if (keys.TryGetValue(at, out var known)) return known;
        var holds = await Dialect.ClassOfAsync(connection, shard.Table, definition.KeyColumn, cancellationToken);
        lock (gate) keys[at] = holds;
        return holds;
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
            var message = failure.InnerException is null && !failure.Message.StartsWith("connection ", StringComparison.Ordinal) ? source.Say(database, failure.Message) : failure.Message;
            throw failure.Retryable ? new SourceException(message, true, failure.InnerException) : new NonRetryableException(message);
        }
        catch (DbException failure)
        {
            throw new SourceException(source.Say(database, $"does not answer as expected: {source.Redacted(failure.Message)}"), true, failure);
        }
    }

    sealed class Page(BatchPost post, IReadOnlyList<SqlRow> rows) : IPollingPage
    {
        public int Count => rows.Count;

        public Cursor CursorOf(int index) => rows[index].Cursor;

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken)
        {
            var batch = new SqlRow[indexes.Length];
            for (var i = 0; i < batch.Length; i++) batch[i] = rows[indexes.Span[i]];
            return post.SendAsync(batch, run, cancellationToken);
        }
    }
}
