using Microsoft.Data.Sqlite;
using Npgsql;
using Scheduler.Benchmarks.Polling;
using Scheduler.Cluster.Benchmarks.Hosts;
using Scheduler.Server.Demo;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>The tables that are polled, and what reads them: in PostgreSQL where that keeps everything else too, else files of SQLite.</summary>
sealed class OrderSources : IAsyncDisposable
{
    readonly List<NpgsqlDataSource> pools = [];
    DirectoryInfo? root;
    Func<int, IPollingHandler<OrderRow>> of = null!;

    /// <summary>What the process of that number reads through: a silo has a pool of its own.</summary>
    public IPollingHandler<OrderRow> Of(int silo) => of(silo);

    public override string ToString() => root is null ? "a schema each on the same server" : "SQLite files";

    public static async Task<OrderSources> CreateAsync(SharedServer server, DemoShape shape, int connections)
    {
        var sources = new OrderSources();
        try
        {
            if (server.IsPostgreSql) await sources.InPostgreSqlAsync((await server.FreshAsync()).ConnectionString, shape, connections);
            else await sources.InFilesAsync(shape);
            return sources;
        }
        catch
        {
            await sources.DisposeAsync();
            throw;
        }
    }

    async Task InPostgreSqlAsync(string connectionString, DemoShape shape, int connections)
    {
        for (var silo = 0; silo < Contender.ThreeSilos.Silos; silo++)
            pools.Add(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = connections, ApplicationName = $"tables of {silo}" }));
        var handlers = pools.ConvertAll(pool => new PostgreSqlOrders(pool, shape));
        await handlers[0].CreateAsync();
        of = silo => handlers[silo];
    }

    async Task InFilesAsync(DemoShape shape)
    {
        root = Directory.CreateTempSubdirectory("scheduler-benchmark-");
        var directory = new DemoDirectory(Path.Combine(root.FullName, "demo"));
        directory.Hold().Dispose();
        await Sources.CreateAsync(directory, shape, _ => { }, CancellationToken.None);
        of = _ => new IdleOrders(directory);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in pools) await pool.DisposeAsync();
        if (root is null) return;
        SqliteConnection.ClearAllPools();
        root.Delete(recursive: true);
    }
}
