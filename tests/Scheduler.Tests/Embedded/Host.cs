using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>A scheduler in this process on a file of its own, with the handlers that a test gives it.</summary>
sealed class Host : IAsyncDisposable
{
    readonly TemporaryDirectory? directory;
    readonly IHost host;

    Host(TemporaryDirectory? directory, IHost host) => (this.directory, this.host) = (directory, host);

    public ISchedulerClient Client => host.Services.GetRequiredService<ISchedulerClient>();

    /// <summary>Cancelled as soon as it begins to stop.</summary>
    public CancellationToken Stopping => host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public static Task<Host> StartAsync(Action<IServiceCollection> handlers, Action<SchedulerOptions>? configure = null)
    {
        var directory = new TemporaryDirectory();
        return StartAsync(Path.Combine(directory.Path, "scheduler.db"), handlers, configure, directory);
    }

    /// <summary>On a file that outlives it.</summary>
    public static async Task<Host> StartAsync(string file, Action<IServiceCollection> handlers, Action<SchedulerOptions>? configure = null, TemporaryDirectory? directory = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        handlers(builder.Services);
        builder.Services.AddScheduler(options =>
        {
            options.UseSqlite(file);
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(directory, host);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        directory?.Dispose();
    }
}
