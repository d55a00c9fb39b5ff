using MySqlConnector;
using Npgsql;
using Scheduler.Benchmarks.Dispatch;
using Scheduler.Cluster.Tests.Processes;
using Scheduler.Conformance.Servers;

namespace Scheduler.Cluster.Benchmarks.Hosts;

/// <summary>The database server of all who are measured in a run. It waits for the disk at each commit.</summary>
sealed class SharedServer : IAsyncDisposable
{
    public const string PostgreSql = "postgresql", MySql = "mysql";

    BenchmarkServer? postgreSql;
    MariaDbServer? mariaDb;

    /// <summary>Reads the clocks of this process and, of PostgreSQL, of the server.</summary>
    public Meter Meter => postgreSql?.Meter ?? (field ??= new(null));

    public bool IsPostgreSql => postgreSql is not null;

    public override string ToString() => postgreSql is null ? "MariaDB, waiting for the disk" : "PostgreSQL, fsync on";

    public static async Task<SharedServer> StartAsync(string store)
    {
        var started = new SharedServer();
        if (store == PostgreSql) started.postgreSql = await BenchmarkServer.StartAsync(isApart: true);
        else
        {
            if (MariaDbServer.Missing is { } missing) throw new InvalidOperationException(missing);
            started.mariaDb = new() { IsDurable = true, IsApart = true };
            await started.mariaDb.InitializeAsync();
        }
        return started;
    }

    /// <summary>A database that nobody has used. The connections to earlier ones that rest in pools are closed: a server has so many.</summary>
    public async Task<ClusterDatabase> FreshAsync()
    {
        NpgsqlConnection.ClearAllPools();
        MySqlConnection.ClearAllPools();
        if (mariaDb is not null) return new(MySql, await mariaDb.DatabaseAsync(), mariaDb.Port);
        var text = await postgreSql!.SchemaAsync();
        return new(PostgreSql, text, new NpgsqlConnectionStringBuilder(text).Port);
    }

    public async ValueTask DisposeAsync()
    {
        MySqlConnection.ClearAllPools(); // those of PostgreSQL are closed by its server
        if (postgreSql is not null) await postgreSql.DisposeAsync();
        if (mariaDb is not null) await mariaDb.DisposeAsync();
    }
}
