using MySqlConnector;

namespace Scheduler.Cluster.Hosting;

/// <summary>Connections to a MySQL or MariaDB database.</summary>
static class MySqlConnections
{
    /// <summary>A source of them. A piece of it may be a piece of a password, so what it holds is not told.</summary>
    public static MySqlDataSource Of(string connectionString) => new MySqlDataSourceBuilder(Text(connectionString)).Build();

    /// <summary>The connection string, with what the scheduler's statements need.</summary>
    /// <exception cref="ArgumentException">MySqlConnector does not read it.</exception>
    public static string Text(string connectionString)
    {
        MySqlConnectionStringBuilder settings;
        try
        {
            settings = new(connectionString);
        }
        catch (ArgumentException)
        {
            throw new ArgumentException("expected a connection string as MySqlConnector reads it, such as \"Server=db;User ID=scheduler;Password=…;Database=scheduler\", got another");
        }
        // Versions are compared by the rows that a statement changed, and variables are this program's own.
        (settings.UseAffectedRows, settings.AllowUserVariables) = (true, true);
        return settings.ConnectionString;
    }
}
