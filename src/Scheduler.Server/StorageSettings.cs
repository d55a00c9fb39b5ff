namespace Scheduler.Server;

/// <summary>Where the server remembers everything: <c>Scheduler:Storage</c>.</summary>
abstract record StorageSettings
{
    const string Section = "Scheduler:Storage", Dialect = $"{Section}:Dialect", Path = $"{Section}:Path", ConnectionString = $"{Section}:ConnectionString";

    /// <summary>Has the scheduler use it.</summary>
    public abstract void Use(SchedulerOptions scheduler);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">They are not what was expected; the message names the setting and tells no secret.</exception>
    public static StorageSettings Of(IConfiguration configuration) => Text(configuration, Dialect) switch
    {
        null or "sqlite" => new Sqlite(System.IO.Path.GetFullPath(Text(configuration, Path) ?? "./data/scheduler.db")),
        "postgresql" => new PostgreSql(Text(configuration, ConnectionString)
            ?? throw new InvalidOperationException($"{ConnectionString}: expected \"Host=db;Username=scheduler;Password=…;Database=scheduler\" or the like, since {Dialect} is postgresql; got nothing")),
        "mysql" => throw new InvalidOperationException($"{Dialect}: expected sqlite or postgresql, got \"mysql\". The standalone server has no MySQL driver on board; a cluster's silo has"),
        var other => throw new InvalidOperationException($"{Dialect}: expected sqlite or postgresql, got {WireText.Quote(other)}" +
            (Suggestion.For(other, ["sqlite", "postgresql"]) is { } meant ? $". Did you mean \"{meant}\"?" : "")),
    };

    /// <summary>One file; one process has it.</summary>
    public sealed record Sqlite(string File) : StorageSettings
    {
        public override void Use(SchedulerOptions scheduler) => scheduler.UseSqlite(File);
    }

    /// <summary>A database that several servers may share; one is active.</summary>
    public sealed record PostgreSql(string Secret) : StorageSettings
    {
        public override void Use(SchedulerOptions scheduler)
        {
            try
            {
                scheduler.UsePostgreSql(Secret);
            }
            catch (ArgumentException refusal)
            {
                throw new InvalidOperationException($"{ConnectionString}: {refusal.Message}");
            }
        }

        public override string ToString() => "PostgreSQL";
    }

    static string? Text(IConfiguration configuration, string key) => configuration[key] is { Length: > 0 } text ? text : null;
}
