using System.Runtime.CompilerServices;
using Scheduler.Running;

namespace Scheduler.Storage.Rows;

/// <summary>How a row is written.</summary>
enum WriteKind
{
    Insert,
    Update,
    /// <summary>An update that the definition is part of.</summary>
    UpdateDefinition,
}

/// <summary>A table of entities: the one list of columns that all statements of all dialects are made from.</summary>
sealed record Table(string Name, IReadOnlyList<string> Keys, IReadOnlyList<Column> Columns)
{
    /// <summary>Columns that an index has and that most writes leave as they are.</summary>
    public IReadOnlyList<string> Steady { get; init; } = [];

    /// <summary>Reads whole rows; a condition follows.</summary>
    public string Select { get; } = $"SELECT {string.Join(", ", Columns.Select(column => column.Name))} FROM {Name}";

    /// <summary>The columns that such a write brings; the keys are always among them.</summary>
    public IReadOnlyList<Column> In(WriteKind kind) => written[kind];

    readonly Dictionary<WriteKind, IReadOnlyList<Column>> written = Enum.GetValues<WriteKind>().ToDictionary(kind => kind, kind => (IReadOnlyList<Column>)
    [
        .. Columns.Where(column => kind == WriteKind.Insert || column.Written == Written.Always || Keys.Contains(column.Name)
            || (kind == WriteKind.UpdateDefinition && column.Written == Written.WithDefinition)),
    ]);

    /// <summary>As <see cref="In"/>, without the keys.</summary>
    public IEnumerable<Column> SetBy(WriteKind kind) => In(kind).Where(column => !Keys.Contains(column.Name));

    // There is one of each; by its values, every look-up of a write's statement would compare texts.
    public bool Equals(Table? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public static IReadOnlyList<Table> All { get; } = [TaskRows.Table, ExecutionRows.Table, ShardRows.Table, TenantRows.Table];

    public static Table Of(EntityWrite write) => write switch
    {
        EntityWrite.OfTask => TaskRows.Table,
        EntityWrite.OfExecution => ExecutionRows.Table,
        EntityWrite.OfTenant => TenantRows.Table,
        _ => ShardRows.Table,
    };

    public static WriteKind KindOf(EntityWrite write) => write switch
    {
        { ExpectedVersion: 0 } => WriteKind.Insert,
        EntityWrite.OfTask { DefinitionChanged: true } => WriteKind.UpdateDefinition,
        _ => WriteKind.Update,
    };
}
