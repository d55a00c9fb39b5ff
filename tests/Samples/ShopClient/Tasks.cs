using Scheduler;

namespace ShopClient;

/// <summary>Sees to it that the shop's task exists, as soon as there is a worker that can run it.</summary>
public sealed class Tasks(ISchedulerClient scheduler, ILogger<Tasks> log) : BackgroundService
{
    static readonly TimeSpan between = TimeSpan.FromSeconds(1);

    static readonly TaskDefinition indexOrders = new()
    {
        Name = "index-orders",
        Description = "copies all orders into the search index",
        Schedule = new() { Cron = "0 0 2 * * ?", TimeZone = "Europe/Berlin" },
        Handler = new() { Polling = new() { Handler = "index-orders", Shards = new() { Databases = "order_{00..01}", Tables = "t_order_{0..1}" }, PageSize = 100 } },
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await scheduler.CreateTaskAsync(indexOrders, stoppingToken);
                return;
            }
            catch (SchedulerException taken) when (taken.Kind == SchedulerErrorKind.Conflict)
            {
                await scheduler.UpdateTaskAsync(indexOrders.Name, indexOrders, cancellationToken: stoppingToken);
                return;
            }
            catch (SchedulerException failure) when (failure.Kind is SchedulerErrorKind.Invalid or SchedulerErrorKind.Unavailable)
            {
                log.LogWarning("The task cannot be made yet: {Reason}", failure.Message);
                await Task.Delay(between, stoppingToken);
            }
        }
    }
}
