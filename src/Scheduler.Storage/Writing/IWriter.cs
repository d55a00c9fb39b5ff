using Scheduler.Running;

namespace Scheduler.Storage.Writing;

/// <summary>Writes entities as one dialect does it best.</summary>
interface IWriter
{
    /// <inheritdoc cref="IStore.CommitAsync"/>
    Task<IReadOnlyList<WriteOutcome>> CommitAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken);

    /// <summary>Inserts those that do not exist.</summary>
    Task InsertMissingAsync(IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken);

    /// <summary>Its statements, for whoever looks at their plans.</summary>
    IEnumerable<(string Name, string Sql)> Statements { get; }
}
