using System.Data.Common;
using MySqlConnector;
using Npgsql;
using Scheduler.Cluster.Tests.Processes;
using Scheduler.Silo;

namespace Scheduler.Cluster.Benchmarks.Hosts;

/// <summary>How each host has the one database.</summary>
static class Uses
{
    extension(ClusterDatabase database)
    {
        /// <summary>As the silo's program has it.</summary>
        public Database InSilo => database.Dialect == SharedServer.MySql ? new Database.MySql(database.ConnectionString) : new Database.PostgreSql(database.ConnectionString);

        /// <summary>As an application has it that embeds the scheduler.</summary>
        public Action<SchedulerOptions> Embedded => options =>
        {
            if (database.Dialect == SharedServer.MySql) options.UseMySql(new MySqlDataSource(database.ConnectionString)); // its pool ends with the server
            else options.UsePostgreSql(database.ConnectionString);
        };

        public DbDataSource Source() => database.Dialect == SharedServer.MySql ? new MySqlDataSource(database.ConnectionString) : NpgsqlDataSource.Create(database.ConnectionString);
    }
}
