using Orleans.Hosting;
using Scheduler.Cluster.Grains;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;

namespace Scheduler.Cluster;

/// <summary>What Orleans itself keeps in a database: the members of the cluster, reminders, and the state of grains that nobody queries.</summary>
public static class SchedulerDatabase
{
    /// <summary>Has the silo keep them in a PostgreSQL database. <see cref="CreatePostgreSqlAsync"/> makes the tables.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <exception cref="ArgumentException">Npgsql does not read it.</exception>
    public static ISiloBuilder UsePostgreSqlForOrleans(this ISiloBuilder silo, string connectionString)
    {
        SchedulerStore.CheckPostgreSql(connectionString);
        return Use(silo, "Npgsql", connectionString);
    }

    /// <summary>Has the silo keep them in a MySQL or MariaDB database. <see cref="CreateMySqlAsync"/> makes the tables.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="connectionString">As MySqlConnector reads it.</param>
    /// <exception cref="ArgumentException">MySqlConnector does not read it.</exception>
    public static ISiloBuilder UseMySqlForOrleans(this ISiloBuilder silo, string connectionString) => Use(silo, "MySql.Data.MySqlConnector", Hosting.MySqlConnections.Text(connectionString));

    /// <summary>Has the silo keep them in memory: for a cluster of one silo, whose buckets are taken anew at each start.</summary>
    public static ISiloBuilder UseMemoryForOrleans(this ISiloBuilder silo) => silo.UseInMemoryReminderService().AddMemoryGrainStorage(BucketGrain.Storage);

    /// <summary>Makes the tables that are missing. Any number of silos may do so at the same time.</summary>
    /// <exception cref="Storage.Migrations.MigrationException">A newer program, or a changed one, has written the database.</exception>
    /// <exception cref="ArgumentException">The driver does not read the connection string.</exception>
    public static async Task CreatePostgreSqlAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        SchedulerStore.CheckPostgreSql(connectionString); // the driver's own refusal tells a piece of it
        await using var source = new Npgsql.NpgsqlDataSourceBuilder(connectionString).Build();
        await OrleansTables.CreateAsync(source, Dialect.PostgreSql, cancellationToken);
    }

    /// <inheritdoc cref="CreatePostgreSqlAsync"/>
    public static async Task CreateMySqlAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        await using var source = Hosting.MySqlConnections.Of(connectionString);
        await OrleansTables.CreateAsync(source, Dialect.MySql, cancellationToken);
    }

    static ISiloBuilder Use(ISiloBuilder silo, string invariant, string connectionString) => silo
        .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (invariant, connectionString))
        .UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (invariant, connectionString))
        .AddAdoNetGrainStorage(BucketGrain.Storage, options => (options.Invariant, options.ConnectionString) = (invariant, connectionString));
}
