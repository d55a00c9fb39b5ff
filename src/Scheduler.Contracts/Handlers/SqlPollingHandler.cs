using System.Data.Common;
using System.Globalization;

namespace Scheduler;

/// <summary>
/// Polls a table of a SQL database by its key column, so that a user writes how a row is read and how rows are processed, and nothing else.
/// Works wherever ADO.NET does and the database knows <c>LIMIT</c>: SQLite, PostgreSQL, MySQL, MariaDB.
/// </summary>
/// <typeparam name="TRow">A row as the handler reads it.</typeparam>
public abstract class SqlPollingHandler<TRow> : IPollingHandler<TRow>
{
    /// <summary>The column that identifies a row and gives the order of a full pass: unique, not null, never changed.</summary>
    protected abstract string KeyColumn { get; }

    /// <summary>What <see cref="KeyColumn"/> holds.</summary>
    protected virtual SqlKeyType KeyType => SqlKeyType.Integer;

    /// <summary>What stands behind <c>SELECT</c>, for <see cref="Read"/>. It is taken as it is.</summary>
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

    /// <inheritdoc/>
    public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(shard, cancellationToken);
        await using var command = connection.CreateCommand();
        // Not max(): PostgreSQL has none for UUIDs.
        command.CommandText = $"SELECT {Quote(KeyColumn)} FROM {Quote(shard.Table)} ORDER BY {Quote(KeyColumn)} DESC LIMIT 1";
        return new(Canonical(await command.ExecuteScalarAsync(cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TRow>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        if (pass.HighestKey is null) return []; // the table was empty when the pass began
        await using var connection = await OpenAsync(shard, cancellationToken);
        await using var command = connection.CreateCommand();
        var key = Quote(KeyColumn);
        var lower = after.Key is null ? "" : $"{key} > @after AND ";
        command.CommandText = $"SELECT {Columns} FROM {Quote(shard.Table)} WHERE {lower}{key} <= @highest ORDER BY {key} LIMIT @limit";
        if (after.Key is not null) Add("@after", Native(after.Key));
        Add("@highest", Native(pass.HighestKey));
        Add("@limit", limit);

        var rows = new List<TRow>(Math.Min(limit, 1000));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) rows.Add(Read(reader));
        return rows;

        void Add(string name, object value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
    }

    object Native(string key) => KeyType switch
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
