namespace Scheduler.Running;

/// <summary>A kind of polling that needs no user code: its source is made from the definition alone.</summary>
public interface IDefinedPolling
{
    /// <summary>The kind; its name on the wire is the name of the handler.</summary>
    HandlerKind Kind { get; }

    /// <summary>The source, for one run or more.</summary>
    IPollingSource SourceOf(HandlerDefinition definition);

    /// <inheritdoc cref="IHandlers.CheckSourcesAsync"/>
    ValueTask<IReadOnlyList<FieldError>> CheckSourcesAsync(HandlerDefinition definition, IReadOnlyList<ShardName> shards, CancellationToken cancellationToken);
}
