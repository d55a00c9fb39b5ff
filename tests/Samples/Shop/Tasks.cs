using Scheduler;

namespace Shop;

/// <summary>Sees to it that the shop's tasks exist.</summary>
public sealed class Tasks(ISchedulerClient scheduler, OrderDatabases databases) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await databases.FillAsync(rowsPerTable: 1000);
        await EnsureAsync(new()
        {
            Name = "index-orders",
            Description = "copies all orders into the search index",
            Handler = new()
            {
                Polling = new()
                {
                    Handler = "index-orders",
                    Shards = new() { Databases = "order_{00..01}", Tables = "t_order_{0..1}" },
                    PageSize = 200,
                    ThreadCount = 2,
                    BatchSize = 50,
                },
            },
        });
        await EnsureAsync(new()
        {
            Name = "daily-report",
            Schedule = new() { Cron = "0 30 6 * * ?", TimeZone = "Europe/Berlin" },
            Handler = new() { Code = new() { Handler = "daily-report" } },
            Retry = new() { MaxAttempts = 5, Backoff = TimeSpan.FromMinutes(1) },
        });
    }

    async Task EnsureAsync(TaskDefinition definition)
    {
        try
        {
            await scheduler.CreateTaskAsync(definition);
        }
        catch (SchedulerException taken) when (taken.Kind == SchedulerErrorKind.Conflict)
        {
            await scheduler.UpdateTaskAsync(definition.Name, definition);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
