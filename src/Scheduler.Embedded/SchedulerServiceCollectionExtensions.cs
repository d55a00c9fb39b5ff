using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Client;
using Scheduler.Running;
using Scheduler.Running.Logs;

namespace Scheduler;

/// <summary>Runs the scheduler in any application that has a host.</summary>
public static class SchedulerServiceCollectionExtensions
{
    /// <summary>
    /// Runs the scheduler in this process. Handlers come from <c>AddTaskHandler</c> and <c>AddPolling</c>; <see cref="ISchedulerClient"/> can be
    /// injected anywhere and answers from the moment the host's services start. Adds the health check <c>scheduler</c>, and a logger that keeps what handlers log with their executions.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">At least where everything is remembered: <c>o => o.UseSqlite("scheduler.db")</c>.</param>
    public static IServiceCollection AddScheduler(this IServiceCollection services, Action<SchedulerOptions> configure)
    {
        services.AddOptions<SchedulerOptions>().Configure(configure);
        services.AddSingleton<HandlerCatalog>();
        services.AddSingleton<EmbeddedScheduler>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EmbeddedScheduler>());
        services.AddSingleton<ISchedulerClient>(provider =>
        {
            var scheduler = provider.GetRequiredService<EmbeddedScheduler>();
            return new DirectClient(() => scheduler.Node);
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, RunLoggerProvider>());
        services.AddHealthChecks().AddCheck<EmbeddedScheduler>("scheduler");
        return services;
    }
}
