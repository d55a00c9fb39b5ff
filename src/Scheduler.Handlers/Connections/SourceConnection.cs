using System.Data.Common;
using Scheduler.Handlers.Sql;

namespace Scheduler.Handlers.Connections;

/// <summary>
/// A connection of the settings: <c>Scheduler:Connections:&lt;name&gt;</c>. A <c>{database}</c> in it stands where the connection string
/// names its database, and nowhere else; it is put in by the connection-string builder, and only names of a plain form are.
/// </summary>
sealed class SourceConnection
{
    const string Placeholder = "{database}";
    const int LongestDatabase = 127;

    readonly string connectionString;
    readonly string databaseKey;
    readonly string[] secrets;

    /// <exception cref="InvalidOperationException">A setting is not what is expected.</exception>
    public SourceConnection(string name, SourceDialect dialect, string connectionString, bool allowRawSql)
    {
        (Name, Dialect, AllowRawSql, databaseKey) = (name, dialect, allowRawSql, dialect.DatabaseKey);
        var builder = Built(connectionString);
        foreach (string key in builder.Keys)
            if (builder[key] is string value && value.Contains(Placeholder) && !string.Equals(key, databaseKey, StringComparison.OrdinalIgnoreCase))
                throw new InvalidOperationException($"Scheduler:Connections:{name}:ConnectionString: expected {Placeholder} in {databaseKey} alone, got it in {key}");
        HasDatabase = builder[databaseKey] is string database && database.Contains(Placeholder);
        secrets = [.. dialect.SecretKeys.Select(key => builder.TryGetValue(key, out var value) ? value as string : null).OfType<string>().Where(each => each.Length > 0)];
        dialect.Harden(builder);
        this.connectionString = builder.ConnectionString;
    }

    public string Name { get; }

    public SourceDialect Dialect { get; }

    /// <summary>Whether definitions may bring conditions in the database's own words.</summary>
    public bool AllowRawSql { get; }

    /// <summary>Whether each database has a connection string of its own; else all that are named are one.</summary>
    public bool HasDatabase { get; }

    /// <summary>Whether the name may be put into the connection string: letters, digits, <c>_</c>, <c>-</c>, <c>.</c>, but no dot at its begin or after another.</summary>
    public static bool IsPlain(string database) =>
        database.Length is > 0 and <= LongestDatabase && database[0] is not ('.' or '-') && !database.Contains("..") && database.All(each => char.IsAsciiLetterOrDigit(each) || each is '_' or '-' or '.');

    /// <summary>An open connection; its pool is the provider's.</summary>
    /// <exception cref="SourceException">It cannot be opened.</exception>
    public async ValueTask<DbConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        if (!IsPlain(database)) throw new SourceException($"{Where(database)}: expected a plain name, got {WireText.Quote(database)}", false);
        DbConnection? connection = null;
        try
        {
            connection = Dialect.Connection(For(database));
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (Exception failure)
        {
            if (connection is not null) await connection.DisposeAsync();
            if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested) throw;
            throw new SourceException($"{Where(database)} cannot be reached: {Redacted(failure.Message)}", true, failure);
        }
    }

    /// <summary>One of its databases, as messages begin.</summary>
    public string Where(string database) => $"connection \"{Name}\": database {WireText.Quote(database)}";

    /// <summary>The text without the connection's secrets, cut where it is long.</summary>
    public string Redacted(string text)
    {
        foreach (var secret in secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        text = string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)); // a message is a line
        return text.Length <= 500 ? text : $"{text.AsSpan(0, 499)}…";
    }

    string For(string database)
    {
        if (!HasDatabase) return connectionString;
        var builder = Dialect.Builder(connectionString);
        builder[databaseKey] = ((string)builder[databaseKey]).Replace(Placeholder, database);
        return builder.ConnectionString;
    }

    DbConnectionStringBuilder Built(string text)
    {
        try
        {
            var builder = Dialect.Builder(text);
            if (builder.TryGetValue(databaseKey, out var database) && database is string { Length: > 0 }) return builder;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException)
        {
            // Its message may quote the string.
        }
        throw new InvalidOperationException($"Scheduler:Connections:{Name}:ConnectionString: expected a connection string for {Dialect.Name} with {databaseKey}, got something else");
    }
}

/// <summary>A source does not give what it is asked for.</summary>
/// <param name="message">Which connection and database, and why; without secrets.</param>
/// <param name="retryable">Whether another attempt may fare better.</param>
/// <param name="innerException">The cause, or null.</param>
sealed class SourceException(string message, bool retryable, Exception? innerException = null) : Exception(message, innerException)
{
    public bool Retryable => retryable;
}
