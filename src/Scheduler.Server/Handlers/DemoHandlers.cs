using Scheduler.Server.Demo;

namespace Scheduler.Server.Handlers;

/// <summary>What the demo has this server run.</summary>
static class DemoHandlers
{
    /// <summary><c>demo.rows</c> polls the demo's databases in a directory and writes what it sees to the ledger there.</summary>
    /// <exception cref="DemoException">The directory has no complete databases.</exception>
    public static IServiceCollection AddDemoRows(this IServiceCollection services, string directory, TimeSpan work, int? holdAt = null)
    {
        var demo = new DemoDirectory(directory);
        _ = demo.CompleteShape; // now, rather than at the first page
        return services
            .AddSingleton(_ => new Ledger(demo.Ledger)) // made, and so disposed, by the container
            .AddSingleton(provider => new OrderHandler(demo, provider.GetRequiredService<Ledger>(), new(work, holdAt)))
            .AddPolling<OrderHandler, OrderRow>("demo.rows");
    }
}
