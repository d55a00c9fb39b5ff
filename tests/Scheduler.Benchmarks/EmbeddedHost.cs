using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Scheduler.Benchmarks;

/// <summary>Our scheduler in this process, on a new SQLite file unless told otherwise, with its defaults.</summary>
sealed class EmbeddedHost : IAsyncDisposable
{
    readonly string directory = Directory.CreateTempSubdirectory("scheduler-benchmark-").FullName;
    readonly IHost host;

    EmbeddedHost(Action<IServiceCollection> handlers, Action<SchedulerOptions>? store)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        builder.Services.AddScheduler(store ?? (scheduler => scheduler.UseSqlite(Store)));
        handlers(builder.Services);
        host = builder.Build();
    }

    /// <summary>The scheduler's own database file.</summary>
    public string Store => Path.Combine(directory, "scheduler.db");

    public ISchedulerClient Client => host.Services.GetRequiredService<ISchedulerClient>();

    public static async Task<EmbeddedHost> StartAsync(Action<IServiceCollection> handlers, Action<SchedulerOptions>? store = null)
    {
        var started = new EmbeddedHost(handlers, store);
        await started.host.StartAsync();
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }
}
