using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;
using Scheduler.Cluster.Hosting;
using Scheduler.Cluster.Membership;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Cluster.Tests;

/// <summary>A cluster in this process over one SQLite file, whose silos may have different handlers.</summary>
sealed class Silos : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("scheduler-cluster-").FullName;
    readonly bool ownsStore;

    Silos(IStore? store) => (Store, ownsStore) = (store!, store is null);

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public IStore Store { get; private set; }

    /// <summary>What a business application has: no silo, no database.</summary>
    public ISchedulerClient Client => new ClusterSchedulerClient(Cluster.Client);

    /// <summary>The nodes of the silos that live, in the order of their start.</summary>
    public IReadOnlyList<ClusterNode> Nodes => [.. Cluster.Silos.Where(silo => silo.IsActive).Select(NodeOf)];

    public static ClusterNode NodeOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<ClusterNode>();

    /// <param name="count">How many silos.</param>
    /// <param name="handlers">The handlers of each, by its number.</param>
    /// <param name="configure">Their settings.</param>
    /// <param name="store">A store that another cluster has too; null: one of its own.</param>
    /// <param name="loses">Whether silos are to be lost, and so within the time that a cluster takes by default.</param>
    public static async Task<Silos> StartAsync(int count, Action<int, IServiceCollection> handlers, Action<SchedulerClusterOptions>? configure = null, IStore? store = null, bool loses = false)
    {
        var silos = new Silos(store);
        silos.Store ??= await SchedulerStore.OpenSqliteAsync(Path.Combine(silos.folder, "scheduler.db"));
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Error).AddProvider(TestLog.Instance));
            silo.AddScheduler(scheduler =>
            {
                scheduler.UseStore(silos.Store);
                scheduler.Buckets = 4;
                if (!loses) scheduler.BePatient();
                configure?.Invoke(scheduler);
            });
            if (!loses) silo.BePatient();
            silo.UseMemoryForOrleans();
            handlers(int.Parse(options.SiloName.Split('_')[^1]), silo.Services);
        });
        builder.ConfigureClient(client => client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(5)));
        silos.Cluster = builder.Build();
        await silos.Cluster.DeployAsync();
        return silos;
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        if (ownsStore) await ((SchedulerStore)Store).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Waits until it is so, for as long as a slow machine may need.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> what, TimeSpan? patience = null)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !await isSo(); await Task.Delay(20))
            if (TimeProvider.System.GetElapsedTime(began) > (patience ?? TimeSpan.FromSeconds(60))) Assert.Fail($"expected {what()}");
    }
}

/// <summary>What went wrong in silos, for whoever reads a failed test's output.</summary>
sealed class TestLog : ILoggerProvider, ILogger
{
    public static TestLog Instance { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => Environment.GetEnvironmentVariable("SCHEDULER_TEST_LOG") is not null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {formatter(state, exception)} {exception?.GetType().Name} {exception?.Message}");
    }

    public void Dispose()
    {
    }
}
