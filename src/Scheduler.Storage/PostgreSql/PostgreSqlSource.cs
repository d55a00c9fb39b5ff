using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Scheduler.Storage.PostgreSql;

/// <summary>Connections to a PostgreSQL database, of which the first is known to work.</summary>
static class PostgreSqlSource
{
    /// <summary>What PostgreSQL keeps of an application's name.</summary>
    const int LongestName = 63;

    static readonly TimeSpan Starts = TimeSpan.FromSeconds(30), Between = TimeSpan.FromMilliseconds(500);

    /// <summary>Connects once. A database that says it is starting is waited for, thirty seconds; one that does not answer is not.</summary>
    /// <exception cref="ArgumentException">Npgsql does not read the connection string.</exception>
    /// <exception cref="StoreUnreachableException">There is no way to the database.</exception>
    public static async Task<NpgsqlDataSource> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = Read(connectionString);
        // The same few statements again and again: have the server parse and plan them once a connection.
        if (settings.MaxAutoPrepare == 0) (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (64, 2);
        // No statement leaves anything in its session, so there is nothing to reset: that would be six more statements for each.
        settings.NoResetOnClose = true;
        settings.ApplicationName = Unique(settings.ApplicationName ?? "scheduler");

        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
        try
        {
            for (var began = TimeProvider.System.GetTimestamp(); ;)
            {
                try
                {
                    await using var connection = await source.OpenConnectionAsync(cancellationToken);
                    return source;
                }
                catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.CannotConnectNow && TimeProvider.System.GetElapsedTime(began) < Starts)
                {
                    await Task.Delay(Between, cancellationToken);
                }
            }
        }
        catch (Exception failure)
        {
            await source.DisposeAsync();
            if (failure is not (NpgsqlException or SocketException or TimeoutException)) throw;
            throw new StoreUnreachableException($"{Name(settings)}: expected a connection, it says: {Reason(failure)}", failure);
        }
    }

    /// <summary>Reads a connection string. What it holds is not told: a piece of it may be a piece of a password.</summary>
    public static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        const string Expected = "expected a connection string as Npgsql reads it, such as \"Host=db;Username=scheduler;Password=…;Database=scheduler\"";
        DbConnectionStringBuilder pairs = [];
        try
        {
            pairs.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            throw new ArgumentException($"{Expected}, got one that is not made of keywords and values");
        }
        NpgsqlConnectionStringBuilder settings = [];
        var place = 0;
        foreach (string keyword in pairs.Keys)
        {
            place++;
            try
            {
                settings[keyword] = pairs[keyword];
            }
            catch (Exception failure) when (failure is ArgumentException or InvalidCastException or FormatException or OverflowException)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{Expected}, got one whose keyword {place} of {pairs.Count}, or its value, is not known"));
            }
        }
        return string.IsNullOrEmpty(settings.Host) ? throw new ArgumentException($"{Expected}, got one without Host") : settings;
    }

    /// <summary>A name that no other process's connections have, so that theirs can be told from these.</summary>
    static string Unique(string name)
    {
        var own = $"/{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        return name[..Math.Min(name.Length, LongestName - own.Length)] + own;
    }

    static string Name(NpgsqlConnectionStringBuilder settings) =>
        string.Create(CultureInfo.InvariantCulture, $"PostgreSQL at {settings.Host}:{settings.Port}, database \"{settings.Database ?? settings.Username}\", user \"{settings.Username}\"");

    static string Reason(Exception failure) => failure switch
    {
        PostgresException says => $"{says.MessageText} ({says.SqlState})",
        { InnerException: SocketException or TimeoutException } => failure.InnerException.Message,
        _ => failure.Message,
    };
}
