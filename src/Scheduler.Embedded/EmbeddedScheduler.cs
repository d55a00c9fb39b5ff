using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Scheduler.Client;
using Scheduler.Running;

namespace Scheduler;

/// <summary>The scheduler in this process, as a hosted service: it starts before the application's own, and stops after them.</summary>
sealed class EmbeddedScheduler(IOptions<SchedulerOptions> options, HandlerCatalog handlers, ILoggerFactory logs) : IHostedLifecycleService, IHealthCheck
{
    OpenStore? open;
    Node? node;
    Watch? watch;

    /// <summary>The running node.</summary>
    /// <exception cref="SchedulerException">It has not started.</exception>
    public Node Node => node ?? throw new SchedulerException(SchedulerErrorKind.Unavailable, "the scheduler has not started in this process");

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var opening = settings.Open ?? throw new InvalidOperationException("AddScheduler: expected one of UseSqlite and UsePostgreSql, got neither");
        open = await opening(settings, cancellationToken);
        var starting = new Node(new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}"),
            Address = settings.Address,
            Store = open.Store,
            Handlers = handlers,
            Background = new PoolBackground(),
            Random = new SystemRandom(),
            Limits = settings.NodeLimits with { Time = settings.Time, StoreTime = TimeProvider.System },
            Logs = logs,
        });
        watch = new(starting, (LocalRouter)starting.Router);
        await watch.StartAsync(cancellationToken);
        node = starting;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (watch is not null && node is not null) await watch.StopAsync();
        node?.Events.Close();
        if (open is null) return;
        await open.Store.DisposeAsync();
        open.Only?.Dispose();
        open = null;
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        node is null || node.Stopping ? HealthCheckResult.Unhealthy("the scheduler does not run in this process")
        : watch!.IsConnected ? HealthCheckResult.Healthy()
        : HealthCheckResult.Unhealthy("the store is out of reach; runs were cancelled and go on when it is back"));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The thread pool.</summary>
sealed class PoolBackground : IBackground
{
    public void Start(Func<Task> work) => _ = Task.Run(work);
}

/// <summary>Random numbers that nobody can foresee.</summary>
sealed class SystemRandom : IRandom
{
    public long NextId() => Random.Shared.NextInt64(1, long.MaxValue);

    public double NextDouble() => Random.Shared.NextDouble();
}
