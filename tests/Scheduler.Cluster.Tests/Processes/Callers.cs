using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>A call that a business application made.</summary>
/// <param name="Method">Which.</param>
/// <param name="Took">From the call to its answer, or its error.</param>
/// <param name="Failure">What was thrown; null where it was answered.</param>
sealed record Called(string Method, TimeSpan Took, Exception? Failure);

/// <summary>Business applications: they know the gateways from the database's members, and call again and again.</summary>
sealed class Callers : IAsyncDisposable
{
    readonly IHost host;
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentQueue<Called> calls = [];
    readonly ConcurrentDictionary<string, string> triggered = [];
    readonly Task calling;

    Callers(IHost host)
    {
        this.host = host;
        calling = Task.WhenAll(Task.Run(ReadAsync), Task.Run(TriggerAsync));
    }

    public ISchedulerClient Client => host.Services.GetRequiredService<ISchedulerClient>();

    /// <summary>All so far.</summary>
    public IReadOnlyCollection<Called> Calls => calls;

    /// <summary>Executions by the idempotency key of their trigger.</summary>
    public IReadOnlyDictionary<string, string> Triggered => triggered;

    /// <summary>Keys so far, the one that is not acknowledged yet included.</summary>
    public int Keys { get; private set; }

    public static async Task<Callers> StartAsync(ClusterDatabase database)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(TestLog.Instance);
        builder.Services.AddSchedulerClient(client => client
            .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (database.Invariant, database.ConnectionString))
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("scheduler", "scheduler")));
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await calling;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await host.StopAsync(patience.Token);
        host.Dispose();
    }

    async Task ReadAsync()
    {
        while (!stop.IsCancellationRequested) await CallAsync("read", () => Client.GetProgressAsync(FaultTests.Orders));
    }

    /// <summary>Each key until its trigger is acknowledged: of what was not it is not known whether it was done.</summary>
    async Task TriggerAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var key = $"key-{Keys++}";
            while (!stop.IsCancellationRequested && !await CallAsync("trigger", async () => triggered[key] = (await Client.TriggerTaskAsync(FaultTests.Asked, new() { IdempotencyKey = key })).ExecutionId))
            {
            }
        }
    }

    async Task<bool> CallAsync(string method, Func<Task> call)
    {
        var began = TimeProvider.System.GetTimestamp();
        Exception? failure = null;
        try
        {
            await call();
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
        calls.Enqueue(new(method, TimeProvider.System.GetElapsedTime(began), failure));
        await Task.Delay(100);
        return failure is null;
    }
}
