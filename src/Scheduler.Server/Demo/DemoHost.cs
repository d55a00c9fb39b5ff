namespace Scheduler.Server.Demo;

/// <summary>The embedded scheduler as an application would have it: a host, a store file, a handler.</summary>
static class DemoHost
{
    public static IHost Build(DemoDirectory directory, Action<IServiceCollection> handlers)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        // The screen belongs to the picture: only what goes wrong is logged.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddLines();
        builder.Services.AddScheduler(scheduler => scheduler.UseSqlite(directory.Store));
        handlers(builder.Services);
        return builder.Build();
    }
}
