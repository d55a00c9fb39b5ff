using Scheduler.Handlers.Connections;
using Scheduler.Handlers.Outbound;
using Scheduler.Handlers.Signing;
using Scheduler.Running;

namespace Scheduler.Handlers.Polling;

/// <summary>The kind <c>sqlPolling</c>: tables are read with SQL, and each batch is posted to an address.</summary>
sealed class SqlPolling(SourceConnections connections, OutboundPolicy policy, Signer signer, Secrets secrets, TimeSpan checkPatience, TimeProvider time) : IDefinedPolling
{
    public HandlerKind Kind => HandlerKind.SqlPolling;

    public IPollingSource SourceOf(HandlerDefinition handler)
    {
        var definition = handler.SqlPolling ?? throw new ArgumentException("expected a sqlPolling definition, got another", nameof(handler));
        var source = connections.Find(definition.Connection) ?? throw new NonRetryableException($"expected a connection \"{definition.Connection}\" in the settings (Scheduler:Connections), got none");
        return Source(definition, source);
    }

    public async ValueTask<IReadOnlyList<FieldError>> CheckSourcesAsync(HandlerDefinition handler, IReadOnlyList<ShardName> shards, CancellationToken cancellationToken)
    {
        if (handler.SqlPolling is not { } definition) return [];
        var errors = DefinitionErrors.Of(definition, shards, connections, policy, secrets);
        if (errors.Count > 0 || connections.Find(definition.Connection) is not { } source) return errors;
        return await new SourceCheck(definition, source, Source(definition, source), checkPatience).RunAsync(shards, cancellationToken);
    }

    SqlPollingSource Source(SqlPollingDefinition definition, SourceConnection source) => new(definition, source, new(definition.Post, policy, signer, secrets, time));
}
