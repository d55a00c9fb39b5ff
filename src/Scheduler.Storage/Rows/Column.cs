using Scheduler.Running;

namespace Scheduler.Storage.Rows;

/// <summary>When a column is written.</summary>
enum Written
{
    /// <summary>With every write.</summary>
    Always,
    /// <summary>With the insert alone.</summary>
    Once,
    /// <summary>With the insert, and when people changed the definition.</summary>
    WithDefinition,
}

/// <summary>What a column holds: the two kinds that every database has.</summary>
enum Holds
{
    /// <summary>Signed integers of up to 64 bits.</summary>
    Numbers,
    /// <summary>Text.</summary>
    Text,
}

/// <summary>A column by its name.</summary>
record Field(string Name, Holds Holds);

/// <summary>A column, and where its value comes from: a long, a string or null.</summary>
sealed record Column(string Name, Holds Holds, Written Written, Func<EntityWrite, object?> Of) : Field(Name, Holds);

/// <summary>Makes the columns of one kind of write.</summary>
static class Columns<TWrite> where TWrite : EntityWrite
{
    // Most numbers are small, and the same again and again.
    static readonly object[] small = [.. Enumerable.Range(0, 256).Select(number => (object)(long)number)];

    public static Column Number(string name, Func<TWrite, long?> of, Written written = Written.Always) =>
        new(name, Holds.Numbers, written, write => of((TWrite)write) is not { } number ? null : number is >= 0 and < 256 ? small[number] : number);

    public static Column Text(string name, Func<TWrite, string?> of, Written written = Written.Always) => new(name, Holds.Text, written, write => of((TWrite)write));
}
