using Scheduler;

namespace ShopClient;

/// <summary>Tells what happens in the cluster, as it happens. When the worker that it listens to goes, it listens to another.</summary>
public sealed class Happenings(ISchedulerClient scheduler, ILogger<Happenings> log) : BackgroundService
{
    static readonly TimeSpan between = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var happened in scheduler.WatchEventsAsync(stoppingToken))
                    log.LogInformation("{What} {Task}: {Message}", happened.Kind, happened.Task, happened.Message);
            }
            catch (SchedulerException gone) when (gone.Kind == SchedulerErrorKind.Unavailable)
            {
                log.LogWarning("Nobody tells what happens: {Reason}", gone.Message);
            }
            await Task.Delay(between, stoppingToken);
        }
    }
}
