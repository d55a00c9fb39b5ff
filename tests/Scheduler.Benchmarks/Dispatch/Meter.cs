using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Scheduler.Conformance.Servers;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>What one execution cost: a rate, CPU of this process and of the server, and what the server was asked.</summary>
readonly record struct Cost(double PerSecond, double ClientMicroseconds, double ServerMicroseconds, double Statements, double Commits)
{
    public double Microseconds => ClientMicroseconds + ServerMicroseconds;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{PerSecond,10:N0}/s  {Microseconds,7:N0} CPU µs each ({ClientMicroseconds:N0} client + {ServerMicroseconds:N0} server)  {Statements:0.000} statements, {Commits:0.000} commits each");
}

/// <summary>Reads clocks and counters around some work.</summary>
/// <param name="server">The server that the work uses; null: none, it is in this process.</param>
sealed class Meter(PostgresServer? server)
{
    // The server's clock ticks: USER_HZ is 100 on every Linux that .NET runs on.
    const double MicrosecondsPerTick = 10_000;

    (long Statements, long Commits) counted;
    double client, own;
    long began;

    /// <summary>Settings of a server that counts.</summary>
    public static IReadOnlyList<string> Settings => ["shared_preload_libraries=pg_stat_statements"];

    /// <summary>Has the server count from here on; while nobody else is connected.</summary>
    public async Task CountAsync()
    {
        if (Environment.GetEnvironmentVariable("TOP") is not null && server is not null)
        {
            await using var source = NpgsqlDataSource.Create($"{server.ConnectionString};Pooling=false");
            await using var reset = source.CreateCommand("CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()");
            await reset.ExecuteNonQueryAsync();
        }
        counted = await CountedAsync();
    }

    public void Begin()
    {
        GC.Collect();
        (client, own) = (Environment.CpuUsage.TotalTime.TotalMicroseconds, ServerMicroseconds());
        began = Stopwatch.GetTimestamp();
    }

    /// <summary>Ends the clocks; the server's counters are read by <see cref="CountedAsync(Cost, int)"/>.</summary>
    public Cost End(int executions)
    {
        var elapsed = Stopwatch.GetElapsedTime(began);
        return new(executions / elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime.TotalMicroseconds - client) / executions, (ServerMicroseconds() - own) / executions, 0, 0);
    }

    /// <summary>With what the server counted; when the connections of the work are closed, for a server tells of what its sessions did when they end.</summary>
    public async Task<Cost> CountedAsync(Cost cost, int executions)
    {
        var now = await CountedAsync();
        if (Environment.GetEnvironmentVariable("TOP") is not null && server is not null)
        {
            await using var source = NpgsqlDataSource.Create($"{server.ConnectionString};Pooling=false");
            await using var command = source.CreateCommand("SELECT calls, rows, round(total_exec_time::numeric,1), left(query, 110) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 25");
            await using (var reader = await command.ExecuteReaderAsync())
                while (await reader.ReadAsync()) Console.WriteLine($"     {reader.GetInt64(0),8} {reader.GetInt64(1),8} {reader.GetDecimal(2),10} {reader.GetString(3)}");
            await using var reset = source.CreateCommand("SELECT pg_stat_statements_reset()");
            await reset.ExecuteNonQueryAsync();
        }
        return cost with { Statements = (double)(now.Statements - counted.Statements) / executions, Commits = (double)(now.Commits - counted.Commits) / executions };
    }

    async Task<(long Statements, long Commits)> CountedAsync()
    {
        if (server is null) return default;
        await Task.Delay(200); // sessions that were closed end a little later
        await using var source = NpgsqlDataSource.Create($"{server.ConnectionString};Pooling=false");
        await using var command = source.CreateCommand(
            "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; " +
            "SELECT (SELECT sum(calls)::bigint FROM pg_stat_statements WHERE query NOT IN ('BEGIN', 'COMMIT', 'DISCARD ALL') AND query NOT LIKE 'BEGIN %'), (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>All that the server's processes have used, those that have ended included.</summary>
    double ServerMicroseconds()
    {
        if (server is null) return 0;
        var postmaster = server.ProcessId;
        double ticks = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || Stat(id) is not { } stat) continue;
            if (id == postmaster) ticks += stat.Own + stat.Ended;
            else if (stat.Parent == postmaster) ticks += stat.Own;
        }
        return ticks * MicrosecondsPerTick;
    }

    static (int Parent, long Own, long Ended)? Stat(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // from the third field, the state
            long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
            return ((int)Field(4), Field(14) + Field(15), Field(16) + Field(17));
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }
}
