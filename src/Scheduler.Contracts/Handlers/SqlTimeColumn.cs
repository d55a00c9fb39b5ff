using System.Data.Common;
using System.Globalization;

namespace Scheduler;

/// <summary>Which time column.</summary>
sealed record SqlTimeQuestion(PollingShard Shard, string Time, Func<string, string> Quote, SqlTimeType Type, TimeSpan? Resolution)
{
    public string Where => $"{Shard.Database}.{Shard.Table}: column \"{Time}\"";
}

/// <summary>What there is to know of a table's time column: how its values look, and how the source's clock is asked in the same terms.</summary>
/// <param name="Question">Which column.</param>
/// <param name="Dialect">Of which database.</param>
/// <param name="Resolution">Its steps.</param>
/// <param name="Kind">The kind of its native values: UTC for a timestamp with zone.</param>
/// <param name="Separator">What stands between date and time in text.</param>
/// <param name="IsOfEmptyTable">Whether there was no row to judge by.</param>
/// <param name="MayChange">Whether rows that come later may be refused: they may be NULL, or of another type or form.</param>
sealed record SqlTimeColumn(SqlTimeQuestion Question, SqlDialect Dialect, TimeSpan Resolution, DateTimeKind Kind, char Separator, bool IsOfEmptyTable, bool MayChange)
{
    bool IsText => Dialect == SqlDialect.Sqlite && Question.Type == SqlTimeType.Timestamp;

    bool IsEpoch => Question.Type != SqlTimeType.Timestamp;

    /// <summary>The source's clock: milliseconds of the epoch, text on SQLite, else a native value of the column's type, so that a column without zone is compared with a clock of the same zone.</summary>
    public string Clock => (Dialect, IsEpoch) switch
    {
        (SqlDialect.Sqlite, true) => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        (SqlDialect.Sqlite, false) => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        (SqlDialect.PostgreSql, true) => "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)",
        (SqlDialect.PostgreSql, false) => Kind == DateTimeKind.Utc ? "clock_timestamp()" : "CAST(clock_timestamp() AS timestamp)",
        (_, true) => "CAST(floor(unix_timestamp(now(6)) * 1000) AS SIGNED)",
        _ => "now(6)",
    };

    /// <summary>The instant that <see cref="Clock"/> told. A clock without zone is taken for UTC: it is only compared with values like itself.</summary>
    public DateTimeOffset InstantOf(object clock) => clock switch
    {
        DateTime time => new(time.Ticks, TimeSpan.Zero),
        string text => new(DateTime.ParseExact(text, "yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture).Ticks, TimeSpan.Zero),
        _ => DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(clock, CultureInfo.InvariantCulture)),
    };

    /// <summary>A bound as the column's type has it. A multiple of the resolution has no digits that it could not hold.</summary>
    public object Native(DateTimeOffset bound) => Question.Type switch
    {
        SqlTimeType.EpochSeconds => bound.ToUnixTimeSeconds(),
        SqlTimeType.EpochMilliseconds => bound.ToUnixTimeMilliseconds(),
        _ when IsText => bound.UtcDateTime.ToString($"yyyy-MM-dd'{Separator}'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        _ => DateTime.SpecifyKind(bound.UtcDateTime, Kind),
    };

    /// <summary>A cursor's time as the column's type has it.</summary>
    public object Native(string cursor) => IsEpoch ? long.Parse(cursor, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : IsText ? cursor
        : DateTime.SpecifyKind(DateTime.ParseExact(cursor, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind), Kind);

    /// <summary>Looks at the first row of a page: a cursor that is not its column's value would repeat rows, or lose them.</summary>
    public void Check(Cursor cursor, DbDataReader reader)
    {
        if (cursor is not { Time: { } time, Key: not null })
            throw new NonRetryableException($"{Question.Where}: expected a cursor with time and key for an incremental pass, got {cursor}");
        if (!IsText) return;
        for (var i = 0; i < reader.FieldCount; i++)
            if (string.Equals(reader.GetName(i), Question.Time, StringComparison.OrdinalIgnoreCase) && reader.GetValue(i) is string text && text != time)
                throw new NonRetryableException($"{Question.Where}: expected a cursor with the column's text \"{text}\", got \"{time}\"; on SQLite make it with Cursor.At(string time, …)");
    }

    /// <summary>Asks the database; refuses a column that no cursor can pass over.</summary>
    /// <exception cref="NonRetryableException">The column has NULLs, or values of several types, or is not there.</exception>
    public static ValueTask<SqlTimeColumn> LookAsync(DbConnection connection, SqlDialect dialect, SqlTimeQuestion question, CancellationToken cancellationToken) => dialect switch
    {
        SqlDialect.Sqlite => LookAtValuesAsync(connection, question, cancellationToken),
        _ => LookAtTypeAsync(connection, dialect, question, cancellationToken),
    };

    /// <summary>SQLite has no types of columns but one order over all values: NULL, numbers, text, blobs. So the lowest and the highest tell.</summary>
    static async ValueTask<SqlTimeColumn> LookAtValuesAsync(DbConnection connection, SqlTimeQuestion question, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        var (table, time) = (question.Quote(question.Shard.Table), question.Quote(question.Time));
        string End(string order, string what) => $"(SELECT {what} FROM {table} AS s ORDER BY s.{time}{order} LIMIT 1)";
        command.CommandText = $"SELECT {End("", $"typeof(s.{time})")}, {End(" DESC", $"typeof(s.{time})")}, {End("", $"s.{time}")}, {End(" DESC", $"s.{time}")}, CAST(strftime('%s', 'now') AS INTEGER)";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var empty = await reader.IsDBNullAsync(0, cancellationToken);
        var (separator, unit) = (' ', question.Type == SqlTimeType.EpochMilliseconds ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1));
        if (!empty)
        {
            var expected = question.Type == SqlTimeType.Timestamp ? "text" : "integer";
            foreach (var actual in new[] { reader.GetString(0), reader.GetString(1) })
                if (actual == "null") throw HasNull(question);
                else if (actual != expected) throw new NonRetryableException($"{question.Where}: expected {expected} in every row, got {Both(reader, 0)} (the lowest and the highest value); no cursor passes over a column of mixed type");
            if (expected == "integer") CheckUnit(question, reader.GetInt64(3), DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(4)));
            else separator = SeparatorOf(question, reader.GetString(2), reader.GetString(3));
        }
        return new(question, SqlDialect.Sqlite, question.Resolution ?? unit, DateTimeKind.Utc, separator, empty, MayChange: true);
    }

    static char SeparatorOf(SqlTimeQuestion question, params ReadOnlySpan<string> ends)
    {
        var separators = new HashSet<char>();
        foreach (var text in ends)
            if (SqlTimeValues.SeparatorOf(text) is not { } found) throw new NonRetryableException($"{question.Where}: expected {SqlTimeValues.Form}, got {SqlTimeValues.Shown(text)}");
            else if (separators.Add(found) && separators.Count > 1) throw new NonRetryableException($"{question.Where}: expected {SqlTimeValues.Form}, got {SqlTimeValues.Shown(ends[0])} and {SqlTimeValues.Shown(text)} (the lowest and the highest value)");
        return separators.Single();
    }

    static void CheckUnit(SqlTimeQuestion question, long highest, DateTimeOffset now)
    {
        if (SqlTimeValues.OtherUnit(highest, question.Type, now) is { } other)
            throw new NonRetryableException($"{question.Where}: expected {(question.Type == SqlTimeType.EpochSeconds ? "seconds" : "milliseconds")} since 1970, got {highest} as the highest value, which counts in {other}");
    }

    static async ValueTask<SqlTimeColumn> LookAtTypeAsync(DbConnection connection, SqlDialect dialect, SqlTimeQuestion question, CancellationToken cancellationToken)
    {
        var (table, time) = (question.Quote(question.Shard.Table), question.Quote(question.Time));
        string? type;
        bool nullable;
        int precision;
        await using (var command = connection.CreateCommand())
        {
            Add(command, "@table", dialect == SqlDialect.PostgreSql ? table : question.Shard.Table);
            Add(command, "@time", question.Time);
            command.CommandText = dialect == SqlDialect.PostgreSql
                ? "SELECT format_type(a.atttypid, NULL), NOT a.attnotnull, CASE WHEN a.atttypmod < 0 THEN 6 ELSE a.atttypmod END FROM pg_attribute AS a WHERE a.attrelid = to_regclass(@table) AND a.attname = @time AND a.attnum > 0 AND NOT a.attisdropped"
                : "SELECT data_type, is_nullable = 'YES', coalesce(datetime_precision, 0) FROM information_schema.columns WHERE table_schema = database() AND table_name = @table AND column_name = @time";
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken)) throw new NonRetryableException($"{question.Where}: expected a table with that column, found none");
            (type, nullable, precision) = (reader.GetString(0), Convert.ToBoolean(reader.GetValue(1), CultureInfo.InvariantCulture), Convert.ToInt32(reader.GetValue(2), CultureInfo.InvariantCulture));
        }
        var isTime = type.StartsWith("timestamp", StringComparison.Ordinal) || type == "datetime";
        if (isTime != (question.Type == SqlTimeType.Timestamp))
            throw new NonRetryableException($"{question.Where}: expected {(isTime ? "an integer" : "a timestamp")}, got a column of type {type}");
        if (nullable)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT 1 FROM {table} AS s WHERE s.{time} IS NULL LIMIT 1";
            if (await command.ExecuteScalarAsync(cancellationToken) is not null) throw HasNull(question);
        }
        var empty = false;
        if (!isTime)
        {
            await using var command = connection.CreateCommand();
            var now = dialect == SqlDialect.PostgreSql ? "CAST(floor(extract(epoch FROM clock_timestamp())) AS bigint)" : "unix_timestamp()";
            command.CommandText = $"SELECT (SELECT s.{time} FROM {table} AS s ORDER BY s.{time} DESC LIMIT 1), {now}";
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            empty = await reader.IsDBNullAsync(0, cancellationToken);
            if (!empty) CheckUnit(question, Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeSeconds(Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture)));
        }
        var unit = question.Type switch
        {
            SqlTimeType.EpochSeconds => TimeSpan.FromSeconds(1),
            SqlTimeType.EpochMilliseconds => TimeSpan.FromMilliseconds(1),
            _ => TimeSpan.FromTicks((long)Math.Pow(10, 7 - Math.Clamp(precision, 0, 6))),
        };
        return new(question, dialect, question.Resolution ?? unit, type == "timestamp with time zone" ? DateTimeKind.Utc : DateTimeKind.Unspecified, ' ', empty, MayChange: nullable);
    }

    static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    static string Both(DbDataReader reader, int first) => $"{reader.GetString(first)} and {reader.GetString(first + 1)}";

    static NonRetryableException HasNull(SqlTimeQuestion question) => new($"{question.Where}: expected a time in every row, got NULL in some; a row without one would never be seen");
}
