using Scheduler.Cluster;
using Scheduler.Cluster.Hosting;
using Scheduler.Web.Security;

namespace Scheduler.Silo;

/// <summary>A database that the settings name.</summary>
abstract record Database
{
    /// <summary>Has the scheduler keep everything there.</summary>
    public abstract void Use(SchedulerClusterOptions scheduler);

    /// <summary>Has Orleans keep its members, reminders and grains there.</summary>
    public abstract void UseForOrleans(ISiloBuilder silo);

    /// <summary>Makes the tables that Orleans wants.</summary>
    public virtual Task CreateAsync() => Task.CompletedTask;

    /// <summary>Whether it is this machine's, so that a cluster of this machine alone may use it.</summary>
    public abstract bool IsOfThisMachine { get; }

    /// <summary>Reads a section; null where it names no database.</summary>
    /// <exception cref="InvalidOperationException">It is not what was expected; the message tells no secret.</exception>
    public static Database? Of(IConfiguration configuration, string section)
    {
        var (dialect, connectionString) = (Text("Dialect"), Text("ConnectionString"));
        return dialect switch
        {
            null when connectionString is null => Text("Path") is { } path ? new Sqlite(Path.GetFullPath(path)) : null,
            "sqlite" => new Sqlite(Path.GetFullPath(Text("Path") ?? "./data/scheduler.db")),
            "postgresql" => new PostgreSql(Needed("Host=db;Username=scheduler;Password=…;Database=scheduler", text => new SchedulerClusterOptions().UsePostgreSql(text))),
            "mysql" => new MySql(Needed("Server=db;User ID=scheduler;Password=…;Database=scheduler", text => new SchedulerClusterOptions().UseMySql(text))),
            null => throw new InvalidOperationException($"{section}:Dialect: expected postgresql or mysql beside {section}:ConnectionString, got nothing"),
            _ => throw new InvalidOperationException($"{section}:Dialect: expected sqlite, postgresql or mysql, got {WireText.Quote(dialect)}" +
                (Suggestion.For(dialect, ["sqlite", "postgresql", "mysql"]) is { } meant ? $". Did you mean \"{meant}\"?" : "")),
        };

        string? Text(string name) => configuration[$"{section}:{name}"] is { Length: > 0 } text ? text : null;

        // Read by whoever is to use it, before anything is: afterwards nobody finds it wrong, and tells a piece of it.
        string Needed(string example, Action<string> read)
        {
            if (connectionString is null) throw new InvalidOperationException($"{section}:ConnectionString: expected \"{example}\" or the like, since {section}:Dialect is {dialect}; got nothing");
            try
            {
                read(connectionString);
                return connectionString;
            }
            catch (ArgumentException refusal)
            {
                throw new InvalidOperationException($"{section}:ConnectionString: {refusal.Message}");
            }
        }
    }

    /// <summary>One file, and so one silo.</summary>
    public sealed record Sqlite(string File) : Database
    {
        public override void Use(SchedulerClusterOptions scheduler) => scheduler.UseSqlite(File);

        public override void UseForOrleans(ISiloBuilder silo) => silo.UseMemoryForOrleans();

        public override bool IsOfThisMachine => true;
    }

    public sealed record PostgreSql(string Secret) : Database
    {
        public override void Use(SchedulerClusterOptions scheduler) => scheduler.UsePostgreSql(Secret);

        public override void UseForOrleans(ISiloBuilder silo) => silo.UsePostgreSqlForOrleans(Secret);

        public override Task CreateAsync() => SchedulerDatabase.CreatePostgreSqlAsync(Secret);

        public override bool IsOfThisMachine => (new Npgsql.NpgsqlConnectionStringBuilder(Secret).Host ?? "localhost").Split(',').All(IsLocal);

        public override string ToString() => "PostgreSQL";
    }

    public sealed record MySql(string Secret) : Database
    {
        public override void Use(SchedulerClusterOptions scheduler) => scheduler.UseMySql(Secret);

        public override void UseForOrleans(ISiloBuilder silo) => silo.UseMySqlForOrleans(Secret);

        public override Task CreateAsync() => SchedulerDatabase.CreateMySqlAsync(Secret);

        public override bool IsOfThisMachine => new MySqlConnector.MySqlConnectionStringBuilder(Secret).Server.Split(',').All(IsLocal);

        public override string ToString() => "MySQL";
    }

    /// <summary>A name of loopback, with a port or without, or the path of a socket.</summary>
    static bool IsLocal(string server) => server.Trim() is var host && (host.StartsWith('/') || Loopback.IsName(host) || Loopback.IsName(host.Split(':')[0]));
}
