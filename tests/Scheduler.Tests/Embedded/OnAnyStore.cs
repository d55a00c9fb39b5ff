using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>Tests of the scheduler in this process, on whichever store the class that runs them has. All hosts of one test share it.</summary>
public abstract class OnAnyStore : IDisposable
{
    readonly TemporaryDirectory temporary = new();
    Task<Action<SchedulerOptions>>? store;

    /// <summary>A store that nobody has used.</summary>
    protected virtual Task<Action<SchedulerOptions>> StoreAsync() => Task.FromResult<Action<SchedulerOptions>>(options => options.UseSqlite(temporary.In("scheduler.db")));

    private protected async Task<Host> StartAsync(Action<IServiceCollection> handlers, Action<SchedulerOptions>? configure = null)
    {
        var use = await (store ??= StoreAsync());
        return await Host.StartAsync(temporary.In("unused.db"), handlers, options =>
        {
            use(options);
            configure?.Invoke(options);
        });
    }

    public void Dispose() => temporary.Dispose();
}
