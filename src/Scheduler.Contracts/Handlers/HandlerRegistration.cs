using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Scheduler;

/// <summary>A handler that this process can run: its name, its kind, and how it is made.</summary>
public sealed class HandlerRegistration
{
    internal HandlerRegistration(string name, HandlerKind kind, Func<IServiceProvider, object> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Name, Kind, this.create) = (name, kind, create);
    }

    readonly Func<IServiceProvider, object> create;

    /// <summary>The name that definitions use.</summary>
    public string Name { get; }

    /// <summary>What kind of task it serves.</summary>
    public HandlerKind Kind { get; }

    /// <summary>The handler of a code task, from the scope of one attempt.</summary>
    /// <exception cref="InvalidOperationException">The handler is of another kind.</exception>
    public ITaskHandler Code(IServiceProvider scope) => create(scope) as ITaskHandler ?? throw Unfit("a code handler");

    /// <summary>The source of a polling task; one serves all shards.</summary>
    /// <exception cref="InvalidOperationException">The handler is of another kind.</exception>
    public IPollingSource Polling(IServiceProvider services) => create(services) as IPollingSource ?? throw Unfit("a polling handler");

    /// <summary>What finds the shards of polling tasks, from the scope of one call.</summary>
    /// <exception cref="InvalidOperationException">The handler is of another kind.</exception>
    public IShardDiscovery Discovery(IServiceProvider scope) => create(scope) as IShardDiscovery ?? throw Unfit("a discovery handler");

    InvalidOperationException Unfit(string expected) => new($"handler \"{Name}\": expected {expected}, got one of kind {Kind}");
}

/// <summary>Registers handlers by name, in any application that uses Microsoft's dependency injection.</summary>
public static class HandlerServiceCollectionExtensions
{
    /// <summary>Registers <typeparamref name="THandler"/> for code tasks under <paramref name="name"/>. One instance is made for each attempt.</summary>
    public static IServiceCollection AddTaskHandler<THandler>(this IServiceCollection services, string name) where THandler : class, ITaskHandler
    {
        services.TryAddScoped<THandler>();
        return services.AddSingleton(new HandlerRegistration(name, HandlerKind.Code, scope => scope.GetRequiredService<THandler>()));
    }

    /// <summary>Registers a function for code tasks under <paramref name="name"/>.</summary>
    public static IServiceCollection AddTaskHandler(this IServiceCollection services, string name, Func<TaskContext, CancellationToken, Task<object?>> execute) =>
        services.AddSingleton(new HandlerRegistration(name, HandlerKind.Code, _ => new FunctionHandler(execute)));

    /// <summary>Registers a function without a result for code tasks under <paramref name="name"/>.</summary>
    public static IServiceCollection AddTaskHandler(this IServiceCollection services, string name, Func<TaskContext, CancellationToken, Task> execute) =>
        services.AddTaskHandler(name, async (context, cancellationToken) =>
        {
            await execute(context, cancellationToken);
            return (object?)null;
        });

    /// <summary>Registers <typeparamref name="THandler"/> for polling tasks under <paramref name="name"/>. One instance serves all shards at once, so it is thread-safe.</summary>
    public static IServiceCollection AddPolling<THandler, TRow>(this IServiceCollection services, string name) where THandler : class, IPollingHandler<TRow>
    {
        services.TryAddSingleton<THandler>();
        return services.AddSingleton(new HandlerRegistration(name, HandlerKind.Polling, provider => new PollingSource<TRow>(provider.GetRequiredService<THandler>())));
    }

    /// <summary>Registers <paramref name="handler"/> for polling tasks under <paramref name="name"/>. It serves all shards at once, so it is thread-safe.</summary>
    public static IServiceCollection AddPolling<TRow>(this IServiceCollection services, string name, IPollingHandler<TRow> handler) =>
        services.AddSingleton(new HandlerRegistration(name, HandlerKind.Polling, _ => new PollingSource<TRow>(handler)));

    /// <summary>Registers <typeparamref name="TDiscovery"/> as what finds shards under <paramref name="name"/>. One instance is made for each round.</summary>
    public static IServiceCollection AddShardDiscovery<TDiscovery>(this IServiceCollection services, string name) where TDiscovery : class, IShardDiscovery
    {
        services.TryAddScoped<TDiscovery>();
        return services.AddSingleton(new HandlerRegistration(name, HandlerKind.Discovery, scope => scope.GetRequiredService<TDiscovery>()));
    }

    /// <summary>Registers a function that finds shards under <paramref name="name"/>.</summary>
    public static IServiceCollection AddShardDiscovery(this IServiceCollection services, string name, Func<CancellationToken, Task<IReadOnlyList<ShardName>>> discover) =>
        services.AddSingleton(new HandlerRegistration(name, HandlerKind.Discovery, _ => new FunctionDiscovery(discover)));

    sealed class FunctionDiscovery(Func<CancellationToken, Task<IReadOnlyList<ShardName>>> discover) : IShardDiscovery
    {
        public Task<IReadOnlyList<ShardName>> DiscoverAsync(DiscoveryContext context, CancellationToken cancellationToken) => discover(cancellationToken);
    }

    sealed class FunctionHandler(Func<TaskContext, CancellationToken, Task<object?>> execute) : ITaskHandler
    {
        public Task<object?> ExecuteAsync(TaskContext context, CancellationToken cancellationToken) => execute(context, cancellationToken);
    }
}
