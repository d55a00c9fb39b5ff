using System.Globalization;

namespace Scheduler.Server.Demo;

/// <summary>How much the demo makes: databases, tables in each, rows in each table.</summary>
sealed record DemoShape(int Databases, int Tables, int Rows)
{
    public static DemoShape Default { get; } = new(64, 63, 250);

    public int Shards => Databases * Tables;

    public long TotalRows => (long)Shards * Rows;

    public string Database(int index) => Name(DatabasePrefix, index, Databases);

    public string Table(int index) => Name(TablePrefix, index, Tables);

    public ShardsDefinition Patterns => new() { Databases = Pattern(DatabasePrefix, Databases), Tables = Pattern(TablePrefix, Tables) };

    public int IndexOfDatabase(string database) => Index(database, DatabasePrefix);

    /// <summary>The number of a shard in the ledger: 0 to <see cref="Shards"/> − 1.</summary>
    public int NumberOf(string database, string table) => IndexOfDatabase(database) * Tables + Index(table, TablePrefix);

    public override string ToString() => $"{Databases} databases × {Tables} tables × {Rows} rows";

    const string DatabasePrefix = "order_", TablePrefix = "t_order_";

    static string Pattern(string prefix, int count) =>
        count == 1 ? Name(prefix, 0, 1) : $"{prefix}{{{Digits(0, count)}..{Digits(count - 1, count)}}}";

    static string Name(string prefix, int index, int count) => prefix + Digits(index, count);

    static string Digits(int index, int count) => index.ToString(count > 100 ? "D3" : "D2", CultureInfo.InvariantCulture);

    static int Index(string name, string prefix) => int.Parse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);
}
