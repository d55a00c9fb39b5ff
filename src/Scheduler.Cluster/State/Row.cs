using Scheduler.Cluster.Wire;
using Scheduler.Running;

namespace Scheduler.Cluster.State;

/// <summary>
/// The durable state of a grain, as the store has it: one row of the tables that people read. What is not durable is never in it, so a grain
/// that migrates takes nothing along that the store does not have.
/// </summary>
/// <typeparam name="TState">The entity's state.</typeparam>
[Immutable]
sealed class Row<TState> where TState : class
{
    /// <summary>The state, its version and write id; null where there is no row.</summary>
    public Stored<TState>? Stored { get; init; }

    /// <summary>The write that is under way; null where none is. It carries the next state to the storage, and is gone with the answer.</summary>
    public EntityWrite? Writing { get; init; }

    /// <summary>Why the write was refused; null where it was not.</summary>
    public string? Refused { get; init; }
}

/// <summary>A row on its way to another silo.</summary>
/// <typeparam name="TState">The entity's state.</typeparam>
[GenerateSerializer, Alias("scheduler.row`1")]
struct RowOnWire<TState> where TState : class
{
    /// <summary>UTF-8; null where there is no row.</summary>
    [Id(0)]
    public byte[]? Json;

    /// <summary><see cref="Stored{TState}.Version"/>.</summary>
    [Id(1)]
    public long Version;

    /// <summary><see cref="Stored{TState}.WriteId"/>.</summary>
    [Id(2)]
    public long WriteId;
}

[RegisterConverter]
sealed class RowConverter<TState> : IConverter<Row<TState>, RowOnWire<TState>> where TState : class
{
    public Row<TState> ConvertFromSurrogate(in RowOnWire<TState> surrogate) =>
        new() { Stored = surrogate.Json is { } json ? new(WireJson.Read<TState>(json), surrogate.Version, surrogate.WriteId) : null };

    public RowOnWire<TState> ConvertToSurrogate(in Row<TState> value) => value.Stored is { } stored
        ? new() { Json = WireJson.Write(stored.State), Version = stored.Version, WriteId = stored.WriteId }
        : default;
}
