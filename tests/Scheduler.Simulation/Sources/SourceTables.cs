using System.Globalization;
using Scheduler.Shards;

namespace Scheduler.Simulation;

/// <summary>A row of a user's table.</summary>
/// <param name="Number">Its place in the order of keys.</param>
/// <param name="Key">Its key as text.</param>
/// <param name="CommittedAt">When it could first be seen.</param>
/// <param name="Time">When it last changed, as it says itself: when its transaction began, in the column's steps.</param>
sealed record SourceRow(long Number, string Key, TimeSpan CommittedAt, DateTimeOffset Time)
{
    /// <summary>No attempt at it succeeds.</summary>
    public bool IsPoison { get; init; }

    /// <summary>Whether a cursor stands at it, in whichever order.</summary>
    public bool IsAt(Cursor cursor) => cursor.Key == Key && (cursor.Time is not { } time || time == Time.UtcTicks.ToString(CultureInfo.InvariantCulture));
}

/// <summary>The users' sharded tables. Rows are committed late with lower keys, while rounds run, and whole tables are dropped and made anew.</summary>
sealed class SourceTables(Simulation simulation)
{
    readonly Prng random = simulation.Random.Fork();
    readonly SortedDictionary<string, SortedDictionary<long, SourceRow>> tables = new(StringComparer.Ordinal);

    /// <summary>No transaction is longer.</summary>
    public static readonly TimeSpan LongestTransaction = TimeSpan.FromSeconds(1);

    /// <summary>The steps of the time column: of some tables whole seconds.</summary>
    public static TimeSpan StepsOf(string table) => HasTextKeys(table) ? TimeSpan.FromSeconds(1) : default;

    public static string NameOf(string database, string table) => $"{database}.{table}";

    /// <summary>Some tables have integer keys, some text.</summary>
    public static bool HasTextKeys(string table) => table.EndsWith('1');

    public SortedDictionary<long, SourceRow> this[string table]
    {
        get
        {
            if (!tables.TryGetValue(table, out var rows)) Fill(tables[table] = rows = [], table, TimeSpan.MinValue);
            return rows;
        }
    }

    /// <summary>The rows that stand at or below a cursor, or all of them.</summary>
    public IEnumerable<SourceRow> UpTo(string table, string? key) => key is null ? [] : this[table].Values.TakeWhile(row => row.Number <= Number(table, key));

    public static long Number(string table, string key) => HasTextKeys(table) ? long.Parse(key.AsSpan(1, 6), CultureInfo.InvariantCulture) : long.Parse(key, CultureInfo.InvariantCulture);

    /// <summary>The tables that are found when somebody looks for them.</summary>
    public SortedSet<string> Found { get; } = new(simulation.Random.Chance(0.9) ? ["t0", "t1", "t2"] : [], StringComparer.Ordinal);

    /// <summary>A moment passes: rows come, tables go.</summary>
    public void Tick()
    {
        if (simulation.Faults.Strikes(FaultKind.TableFound) && random.Pick(["t0", "t1", "t2", "t3"]) is var table && !Found.Remove(table)) Found.Add(table);
        if (tables.Count == 0) return;
        if (simulation.Faults.Strikes(FaultKind.RowInserted)) Add(Any(), late: false, unstorable: false);
        if (simulation.Faults.Strikes(FaultKind.RowInserted)) Update(Any());
        if (simulation.Faults.Strikes(FaultKind.RowLate)) Add(Any(), late: true, unstorable: false);
        if (simulation.Faults.Strikes(FaultKind.RowUnstorable)) Add(tables.Keys.FirstOrDefault(HasTextKeys), late: false, unstorable: true);
        if (simulation.Faults.Strikes(FaultKind.TableDropped))
        {
            var name = Any();
            simulation.World.Note("", "tableDropped", name);
            tables[name].Clear();
            Fill(tables[name], name, simulation.World.Elapsed);
        }
    }

    /// <summary>Rows that no scheduler can keep a cursor of are mended by their owners.</summary>
    public void Heal()
    {
        foreach (var rows in tables.Values)
            foreach (var row in rows.Values.Where(row => row.Key.Contains('\0')).ToArray()) rows.Remove(row.Number);
    }

    string Any() => tables.Keys.ElementAt(random.Below(tables.Count));

    void Fill(SortedDictionary<long, SourceRow> rows, string table, TimeSpan at)
    {
        for (var left = random.From(0, 14); left > 0; left--) Put(rows, table, random.Below(1000), false, at);
    }

    void Add(string? table, bool late, bool unstorable)
    {
        if (table is null) return;
        var rows = tables[table];
        var highest = rows.Count == 0 ? 0 : rows.Keys.Last();
        Put(rows, table, late ? random.Below((int)highest + 1) : highest + random.From(1, 5), unstorable, simulation.World.Elapsed);
    }

    void Update(string table)
    {
        if (tables[table] is not { Count: > 0 } rows) return;
        var row = rows.Values.ElementAt(random.Below(rows.Count));
        rows.Remove(row.Number);
        Put(rows, table, row.Number, row.Key.Contains('\0'), simulation.World.Elapsed);
    }

    void Put(SortedDictionary<long, SourceRow> rows, string table, long number, bool unstorable, TimeSpan at)
    {
        var key = HasTextKeys(table) ? $"k{number:D6}{(unstorable ? "\0" : "")}" : number.ToString(CultureInfo.InvariantCulture);
        var time = at == TimeSpan.MinValue ? simulation.World.Now.AddDays(-1) : simulation.World.Now - LongestTransaction * (random.Below(1000) / 1000.0);
        rows.TryAdd(number, new(number, key, at, Passes.Before(time, TimeSpan.Zero, StepsOf(table))) { IsPoison = simulation.Faults.Strikes(FaultKind.RowPoisoned) });
    }
}
