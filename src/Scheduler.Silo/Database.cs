using Scheduler.Cluster;
using Scheduler.Cluster.Hosting;

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

    /// <summary>Reads a section; null where it names no database.</summary>
    /// <exception cref="InvalidOperationException">It is not what was expected; the message tells no secret.</exception>
    public static Database? Of(IConfiguration configuration, string section)
    {
        var (dialect, connectionString) = (Text("Dialect"), Text("ConnectionString"));
        return dialect switch
        {
            null when connectionString is null => Text("Path") is { } path ? new Sqlite(Path.GetFullPath(path)) : null,
            "sqlite" => new Sqlite(Path.GetFullPath(Text("Path") ?? "./data/scheduler.db")),
            "postgresql" => new PostgreSql(Needed("Host=db;Username=scheduler;Password=…;Database=scheduler")),
            "mysql" => new MySql(Needed("Server=db;User ID=scheduler;Password=…;Database=scheduler")),
            null => throw new InvalidOperationException($"{section}:Dialect: expected postgresql or mysql beside {section}:ConnectionString, got nothing"),
            _ => throw new InvalidOperationException($"{section}:Dialect: expected sqlite, postgresql or mysql, got {WireText.Quote(dialect)}" +
                (Suggestion.For(dialect, ["sqlite", "postgresql", "mysql"]) is { } meant ? $". Did you mean \"{meant}\"?" : "")),
        };

        string? Text(string name) => configuration[$"{section}:{name}"] is { Length: > 0 } text ? text : null;

        string Needed(string example) => connectionString ?? throw new InvalidOperationException($"{section}:ConnectionString: expected \"{example}\" or the like, since {section}:Dialect is {dialect}; got nothing");
    }

    /// <summary>One file, and so one silo.</summary>
    public sealed record Sqlite(string File) : Database
    {
        public override void Use(SchedulerClusterOptions scheduler) => scheduler.UseSqlite(File);

        public override void UseForOrleans(ISiloBuilder silo) => silo.UseMemoryForOrleans();
    }

    public sealed record PostgreSql(string Secret) : Database
    {
        public override void Use(SchedulerClusterOptions scheduler) => Checked(() => scheduler.UsePostgreSql(Secret));

        public override void UseForOrleans(ISiloBuilder silo) => silo.UsePostgreSqlForOrleans(Secret);

        public override Task CreateAsync() => SchedulerDatabase.CreatePostgreSqlAsync(Secret);

        public override string ToString() => "PostgreSQL";
    }

    public sealed record MySql(string Secret) : Database
    {
        public override void Use(SchedulerClusterOptions scheduler) => Checked(() => scheduler.UseMySql(Secret));

        public override void UseForOrleans(ISiloBuilder silo) => Checked(() => silo.UseMySqlForOrleans(Secret));

        public override Task CreateAsync() => SchedulerDatabase.CreateMySqlAsync(Secret);

        public override string ToString() => "MySQL";
    }

    static void Checked(Action use)
    {
        try
        {
            use();
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidOperationException($"ConnectionString: {refusal.Message}");
        }
    }
}
