using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Scheduler.Client;
using Scheduler.Duties;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler;

/// <summary>The scheduler in this process, as a hosted service: it starts before the application's own, and stops after them.</summary>
sealed class EmbeddedScheduler(IOptions<SchedulerOptions> options, HandlerCatalog handlers, ILoggerFactory logs) : IHostedLifecycleService, IHealthCheck
{
    // A process that has ended has not renewed for so long that a run of it cannot go on; see NodeLimits.LeaseFor.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(2), LongestLease = TimeSpan.FromMinutes(1);

    static readonly TimeSpan SeldomBeats = TimeSpan.FromMinutes(10);

    readonly string id = NewId();
    readonly Lock gate = new();
    OpenStore? open;
    Task? stopped;
    IDuty? duty;

    /// <summary>The node that this process has at present.</summary>
    /// <exception cref="SchedulerException">It has not started.</exception>
    public Node Node => duty?.Node ?? throw new SchedulerException(SchedulerErrorKind.Unavailable, "the scheduler has not started in this process");

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var opening = settings.Open ?? throw new InvalidOperationException("AddScheduler: expected one of UseSqlite, UsePostgreSql and UseMySql, got none");
        open = await opening(settings, cancellationToken);
        var starting = DutyOf(open, settings);
        await starting.StartAsync(cancellationToken);
        duty = starting;
    }

    /// <summary>Ends once, however many ask for it: a host that is disposed of while it stops asks twice, and what is being written must be.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (gate) return stopped ??= StopOnceAsync();
    }

    async Task StopOnceAsync()
    {
        if (duty is not null) await duty.StopAsync();
        if (open is null) return;
        await open.Store.DisposeAsync();
        open.Only?.Dispose();
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(duty?.Health ?? HealthCheckResult.Unhealthy("the scheduler does not run in this process"));

    IDuty DutyOf(OpenStore open, SchedulerOptions settings)
    {
        if (open.Only is MySqlLock only) return new ActiveUnderLock(only, router => NewNode(open.Store, router), logs.CreateLogger("Scheduler.Lease"));
        if (open.Only is not null) return new ActiveNode(NewNode(open.Store, null));
        var lasts = settings.NodeLimits.LeaseFor is var cancels && cancels <= LongestLease ? cancels + Margin
            : throw new InvalidOperationException($"NodeLimits.LeaseFor: expected at most {LongestLease} where servers take turns, got {cancels}");
        var lease = new Lease(open.Store, id, () => settings.Address, lasts);
        return new ActiveOrStandby(open.Store, lease, NewNode, logs.CreateLogger("Scheduler.Lease"));

        Node NewNode(IStore store, IRouter? router) => new(new()
        {
            Id = id, // one process is one node, whatever turns it takes
            Address = () => settings.Address, // a server knows it once it listens
            Store = store,
            Handlers = handlers,
            Background = new PoolBackground(),
            Random = new SystemRandom(),
            Limits = settings.NodeLimits with { Time = settings.Time, StoreTime = TimeProvider.System, BeatEvery = BeatEvery(settings) },
            Logs = logs,
            Router = router is null ? null : _ => router,
        });
    }

    /// <summary>A day that is made to pass at once is not to cost a write for every two seconds of it, where nobody else looks whether this process lives.</summary>
    static TimeSpan BeatEvery(SchedulerOptions settings)
    {
        var limits = settings.NodeLimits;
        return settings.Time is ManualTime && limits.LeaseFor == TimeSpan.MaxValue && limits.BeatEvery < SeldomBeats ? SeldomBeats : limits.BeatEvery;
    }

    static string NewId() => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The thread pool.</summary>
sealed class PoolBackground : IBackground
{
    // As Task.Run, without a task around the task.
    public void Start(Func<Task> work) => ThreadPool.QueueUserWorkItem(Run, work, preferLocal: true);

    static void Run(Func<Task> work)
    {
        try
        {
            _ = work();
        }
        catch (Exception)
        {
            // The work has seen to it.
        }
    }
}

/// <summary>Random numbers that nobody can foresee.</summary>
sealed class SystemRandom : IRandom
{
    public long NextId() => Random.Shared.NextInt64(1, long.MaxValue);

    public double NextDouble() => Random.Shared.NextDouble();
}
