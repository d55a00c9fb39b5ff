using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Scheduler;

/// <summary>
/// Polls a table of a SQL database by its key column, and by its time column where it has one, so that a user writes how a row is read and
/// how rows are processed, and nothing else. Works wherever ADO.NET does and the database knows <c>LIMIT</c>: SQLite, PostgreSQL, MySQL, MariaDB.
/// </summary>
/// <typeparam name="TRow">A row as the handler reads it.</typeparam>
public abstract class SqlPollingHandler<TRow> : IPollingHandler<TRow>
{
    readonly ConcurrentDictionary<PollingShard, SqlTimeColumn> times = new();

    /// <summary>The column that identifies a row and gives the order of a full pass: unique, not null, never changed.</summary>
    protected abstract string KeyColumn { get; }

    /// <summary>What <see cref="KeyColumn"/> holds.</summary>
    protected virtual SqlKeyType KeyType => SqlKeyType.Integer;

    /// <summary>
    /// The column that says when a row last changed, for the incremental modes: never null, of one type; an index on it and <see cref="KeyColumn"/>
    /// keeps passes fast. Null: the table is polled in full only. <see cref="CursorOf"/> then tells its value as well as the key's.
    /// </summary>
    protected virtual string? TimeColumn => null;

    /// <summary>What <see cref="TimeColumn"/> holds.</summary>
    protected virtual SqlTimeType TimeType => SqlTimeType.Timestamp;

    /// <summary>
    /// The steps of <see cref="TimeColumn"/>; a coarser value than the true one costs delay, a finer one may cost rows. Null: asked of the
    /// database where it knows, one second for text on SQLite, and the unit of an epoch.
    /// </summary>
    protected virtual TimeSpan? TimeResolution => null;

    /// <summary>What stands behind <c>SELECT</c>, for <see cref="Read"/>. It is taken as it is; the table's alias is <c>s</c>.</summary>
    protected virtual string Columns => "*";

    /// <summary>An open connection to the shard's database. It is disposed after each query, so let it come from a pool.</summary>
    protected abstract ValueTask<DbConnection> OpenAsync(PollingShard shard, CancellationToken cancellationToken);

    /// <summary>The row that the reader stands on.</summary>
    protected abstract TRow Read(DbDataReader reader);

    /// <inheritdoc/>
    public abstract Cursor CursorOf(TRow row);

    /// <inheritdoc/>
    public abstract ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<TRow> batch, CancellationToken cancellationToken);

    /// <summary>An identifier as the database wants it quoted; MySQL without <c>ANSI_QUOTES</c> wants backticks.</summary>
    protected virtual string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"")}\"";

    /// <summary>Which database a connection speaks to, for its clock; by default judged by the connection's type.</summary>
    protected virtual SqlDialect DialectOf(DbConnection connection) => connection.GetType().Name switch
    {
        "SqliteConnection" => SqlDialect.Sqlite,
        "NpgsqlConnection" => SqlDialect.PostgreSql,
        "MySqlConnection" => SqlDialect.MySql,
        var other => throw new NonRetryableException($"expected a SqliteConnection, NpgsqlConnection or MySqlConnection, got a {other}; override DialectOf to say what it speaks to"),
    };

    /// <inheritdoc/>
    public bool CanReadChanges => TimeColumn is not null;

    /// <inheritdoc/>
    public string? WrongKey(string key) => KeyType switch
    {
        SqlKeyType.Integer when !long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => $"expected an integer of 64 bits, which is what column \"{KeyColumn}\" holds, got {WireText.Quote(key)}",
        SqlKeyType.Uuid when !Guid.TryParse(key, out _) => $"expected a UUID, which is what column \"{KeyColumn}\" holds, got {WireText.Quote(key)}",
        _ => null,
    };

    /// <inheritdoc/>
    public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(shard, cancellationToken);
        var time = TimeColumn is null ? null : await TimeAsync(connection, shard, again: true, cancellationToken);
        await using var command = connection.CreateCommand();
        // Not max(): PostgreSQL has none for UUIDs. With the table's alias: SQLite takes an unknown "name" alone for a text.
        var (table, key) = (Quote(shard.Table), $"s.{Quote(KeyColumn)}");
        string End(string order) => $"(SELECT {key} FROM {table} AS s WHERE {key} IS NOT NULL ORDER BY {key}{order} LIMIT 1)";
        command.CommandText = $"SELECT {End("")}, {End(" DESC")}, CASE WHEN EXISTS (SELECT 1 FROM {table} AS s WHERE {key} IS NULL) THEN 1 ELSE 0 END, {time?.Clock ?? "NULL"}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (lowest, highest) = (reader.GetValue(0), reader.GetValue(1));
        CheckKeys(shard, lowest, highest, Convert.ToInt32(reader.GetValue(2), CultureInfo.InvariantCulture) != 0);
        return time is null ? new(Canonical(highest)) : new(Canonical(highest), time.InstantOf(reader.GetValue(3)), time.Resolution);
    }

    /// <summary>Refuses keys that no cursor passes over. A SQLite column may hold values of several types, ordered by type first: the ends tell.</summary>
    void CheckKeys(PollingShard shard, object lowest, object highest, bool hasNull)
    {
        var where = $"{shard.Database}.{shard.Table}: column \"{KeyColumn}\"";
        if (hasNull) throw new NonRetryableException($"{where}: expected a key in every row, got NULL in some; a row without one would never be seen");
        if (lowest.GetType() != highest.GetType())
            throw new NonRetryableException($"{where}: expected one type in every row, got {TypeOf(lowest)} and {TypeOf(highest)}; no cursor passes over a column of mixed type");
        if (KeyType == SqlKeyType.Integer && highest is string or byte[])
            throw new NonRetryableException($"{where}: expected integers, as KeyType says, got {TypeOf(highest)}");

        static string TypeOf(object value) => value switch { long => "integer", double => "real", string => "text", byte[] => "blob", _ => value.GetType().Name };
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TRow>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        if (pass is { Before: null, HighestKey: null }) return []; // the table was empty when the pass began
        await using var connection = await OpenAsync(shard, cancellationToken);
        await using var command = connection.CreateCommand();
        var key = $"s.{Quote(KeyColumn)}";
        SqlTimeColumn? time = null;
        string where, order;
        if (pass.Before is { } before)
        {
            time = await TimeAsync(connection, shard, again: false, cancellationToken);
            var changed = $"s.{Quote(TimeColumn!)}";
            // Not "(u, id) > (x, y)": MariaDB reads the whole index for it.
            where = after is { Time: not null, Key: not null } ? $"{changed} >= @time AND ({changed} > @time OR {key} > @after) AND {changed} < @before"
                : pass.From is not null ? $"{changed} >= @time AND {changed} < @before"
                : $"{changed} < @before";
            order = $"{changed}, {key}";
            if (after is { Time: { } at, Key: { } last }) Add("@after", Native(last), "@time", time.Native(at));
            else if (pass.From is { } from) Add("@time", time.Native(from));
            Add("@before", time.Native(before));
        }
        else
        {
            where = after.Key is null ? $"{key} <= @highest" : $"{key} > @after AND {key} <= @highest";
            order = key;
            if (after.Key is not null) Add("@after", Native(after.Key));
            Add("@highest", Native(pass.HighestKey!));
        }
        command.CommandText = $"SELECT {Columns} FROM {Quote(shard.Table)} AS s WHERE {where} ORDER BY {order} LIMIT @limit";
        Add("@limit", limit);

        var rows = new List<TRow>(Math.Min(limit, 1000));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Read(reader));
            if (rows.Count == 1) time?.Check(CursorOf(rows[0]), reader);
        }
        return rows;

        void Add(params ReadOnlySpan<object> namesAndValues)
        {
            for (var i = 0; i < namesAndValues.Length; i += 2)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ((string)namesAndValues[i], namesAndValues[i + 1]);
                command.Parameters.Add(parameter);
            }
        }
    }

    /// <summary>What there is to know of the time column, as soon as it has a row: looked at again when a pass begins, where a row that came meanwhile may be one that no cursor passes over.</summary>
    async ValueTask<SqlTimeColumn> TimeAsync(DbConnection connection, PollingShard shard, bool again, CancellationToken cancellationToken)
    {
        if (times.TryGetValue(shard, out var known) && !(again && known.MayChange)) return known;
        var name = TimeColumn ?? throw new NonRetryableException($"{shard.Database}.{shard.Table}: expected a handler with a TimeColumn for an incremental pass, got one without");
        var looked = await SqlTimeColumn.LookAsync(connection, DialectOf(connection), new(shard, name, Quote, TimeType, TimeResolution), cancellationToken);
        if (!looked.IsOfEmptyTable) times[shard] = looked;
        return looked;
    }

    object Native(string key) => WrongKey(key) is { } wrong ? throw new NonRetryableException(wrong) : KeyType switch
    {
        SqlKeyType.Integer => long.Parse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
        SqlKeyType.Uuid => Guid.Parse(key),
        _ => key,
    };

    static string? Canonical(object? key) => key switch
    {
        null or DBNull => null,
        Guid uuid => uuid.ToString("D"),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => key.ToString(),
    };
}

/// <summary>What a key column holds.</summary>
public enum SqlKeyType
{
    /// <summary>Signed integers of up to 64 bits.</summary>
    Integer = 1,
    /// <summary>Strings, compared as the database does.</summary>
    Text,
    /// <summary>A native UUID type.</summary>
    Uuid,
}

/// <summary>What a time column holds.</summary>
[JsonConverter(typeof(CamelCaseEnum<SqlTimeType>))]
public enum SqlTimeType
{
    /// <summary>The database's own type (<c>timestamp</c> with or without zone, <c>datetime</c>): <see cref="Cursor.At(DateTime, long)"/>. On SQLite text, <c>2026-03-04 12:00:00</c> or with a <c>T</c>, in UTC and one form for all rows: <see cref="Cursor.At(string, long)"/>.</summary>
    Timestamp = 1,
    /// <summary>An integer of seconds since 1970, UTC: <see cref="Cursor.At(long, long)"/>.</summary>
    EpochSeconds,
    /// <summary>An integer of milliseconds since 1970, UTC: <see cref="Cursor.At(long, long)"/>.</summary>
    EpochMilliseconds,
}

/// <summary>The databases whose clocks are known.</summary>
public enum SqlDialect
{
    /// <summary>SQLite.</summary>
    Sqlite = 1,
    /// <summary>PostgreSQL.</summary>
    PostgreSql,
    /// <summary>MySQL and MariaDB.</summary>
    MySql,
}
