using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Running;

/// <summary>The handlers that were registered by dependency injection.</summary>
public sealed class HandlerCatalog : IHandlers
{
    readonly IServiceProvider services;
    readonly Dictionary<string, HandlerRegistration> registrations = new(StringComparer.Ordinal);
    readonly Dictionary<HandlerKind, IDefinedPolling> defined;
    readonly Dictionary<string, IPollingSource> sources = new(StringComparer.Ordinal);
    readonly Lock gate = new();

    /// <summary>Takes over what was registered.</summary>
    /// <exception cref="InvalidOperationException">Two handlers have one name.</exception>
    public HandlerCatalog(IServiceProvider services, IEnumerable<HandlerRegistration> registered)
    {
        this.services = services;
        foreach (var registration in registered)
            if (!registrations.TryAdd(registration.Name, registration))
                throw new InvalidOperationException($"handlers: expected each name once, got \"{registration.Name}\" twice (a {registrations[registration.Name].Kind} and a {registration.Kind} handler)");
        defined = services.GetServices<IDefinedPolling>().ToDictionary(each => each.Kind);
        var known = registrations.ToDictionary(each => each.Key, each => each.Value.Kind, StringComparer.Ordinal);
        foreach (var kind in defined.Keys)
            if (!known.TryAdd(WireText.Of(kind), kind))
                throw new InvalidOperationException($"handlers: expected another name than \"{WireText.Of(kind)}\", which is the name of a kind");
        Known = known;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HandlerKind> Known { get; }

    /// <inheritdoc/>
    public async Task<object?> ExecuteAsync(string handler, TaskContext context, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        return await registrations[handler].Code(scope.ServiceProvider).ExecuteAsync(context, cancellationToken);
    }

    /// <inheritdoc/>
    public IPollingSource SourceOf(HandlerDefinition definition) =>
        defined.TryGetValue(definition.Kind, out var kind) ? kind.SourceOf(definition) : Polling(definition.HandlerName);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FieldError>> CheckSourcesAsync(HandlerDefinition definition, IReadOnlyList<ShardName> shards, CancellationToken cancellationToken) =>
        defined.TryGetValue(definition.Kind, out var kind) ? kind.CheckSourcesAsync(definition, shards, cancellationToken) : new([]);

    /// <inheritdoc/>
    public IPollingSource Polling(string handler)
    {
        lock (gate)
        {
            if (!sources.TryGetValue(handler, out var source)) sources.Add(handler, source = registrations[handler].Polling(services));
            return source;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ShardName>> DiscoverAsync(string handler, DiscoveryContext context, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        return await registrations[handler].Discovery(scope.ServiceProvider).DiscoverAsync(context, cancellationToken);
    }
}
