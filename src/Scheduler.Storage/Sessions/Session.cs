using System.Data.Common;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage.Sessions;

/// <summary>A connection for one caller at a time. One that is kept keeps its prepared commands too.</summary>
sealed class Session(DbConnection connection, SessionPool pool) : IAsyncDisposable
{
    readonly Dictionary<string, DbCommand> prepared = [];

    readonly Dictionary<Type, IDisposable> own = [];

    public DbConnection Connection => connection;

    /// <summary>What its users keep with the connection, one of a type, and what ends with it.</summary>
    public T Own<T>(Func<T> make) where T : class, IDisposable
    {
        if (!own.TryGetValue(typeof(T), out var known)) own.Add(typeof(T), known = make());
        return (T)known;
    }

    /// <summary>Whether its connection may be used again: not after a failure whose extent nobody knows.</summary>
    public bool IsSound { get; private set; } = true;

    public void Distrust() => IsSound = false;

    /// <summary>A command with its parameters' values set; from the second time on it is prepared, where the connection is kept.</summary>
    public DbCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (pool.Keeps && prepared.TryGetValue(sql, out var known))
        {
            for (var i = 0; i < parameters.Length; i++) known.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
            return known;
        }
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = pool.CommandTimeoutSeconds;
        foreach (var (name, value) in parameters) command.Parameters.Add(command.CreateParameter(), name, value);
        if (pool.Keeps) prepared.Add(sql, command);
        return command;
    }

    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        var command = Command(sql, parameters);
        try
        {
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
        finally
        {
            if (!pool.Keeps) await command.DisposeAsync();
        }
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        var command = Command(sql, parameters);
        try
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken)) rows.Add(read(reader));
            return rows;
        }
        finally
        {
            if (!pool.Keeps) await command.DisposeAsync();
        }
    }

    /// <summary>Runs a text that is not worth keeping.</summary>
    public async Task<int> ExecuteOnceAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = (sql, pool.CommandTimeoutSeconds);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Closes the connection for good.</summary>
    public async ValueTask CloseAsync()
    {
        foreach (var each in own.Values) each.Dispose();
        foreach (var command in prepared.Values) await command.DisposeAsync();
        await connection.DisposeAsync();
    }

    /// <summary>Gives it back.</summary>
    public ValueTask DisposeAsync() => pool.ReturnAsync(this);
}
