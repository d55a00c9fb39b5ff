namespace Scheduler.Conformance.Servers;

/// <summary>Its <see cref="StoreFactAttribute"/> tests need something that a machine may lack; then they are skipped, and say why.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class NeedsAttribute : Attribute
{
    /// <summary>What is missing; null where nothing is.</summary>
    public abstract string? Missing { get; }
}

public sealed class NeedsPostgresAttribute : NeedsAttribute
{
    public override string? Missing => PostgresServer.Missing;
}

public sealed class NeedsMariaDbAttribute : NeedsAttribute
{
    public override string? Missing => MariaDbServer.Missing;
}
