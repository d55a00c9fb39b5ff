using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Quartz;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>Quartz.NET, clustered, on a schema that it makes itself. All triggers belong to one stored job, which is the least work for it.</summary>
/// <param name="connectionString">To a schema of its own.</param>
/// <param name="tune">What is not as Quartz has it by default.</param>
sealed class QuartzPeer(string connectionString, Action<IQuartzBuilder>? tune = null)
{
    /// <summary>Sixteen threads, and as many triggers at a time.</summary>
    public static void Tune(IQuartzBuilder quartz)
    {
        quartz.UseDefaultThreadPool(16);
        quartz.ConfigureScheduler(scheduler => scheduler.MaxBatchSize = 16);
    }

    static readonly JobKey job = new("empty");

    /// <summary>Is told of every execution, at its begin.</summary>
    public static Action<DateTimeOffset> Ran { get; set; } = _ => { };

    public async Task<IScheduler> OpenAsync()
    {
        var scheduler = await QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.ConfigureScheduler(scheduler => scheduler.InstanceName = "benchmark");
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(NpgsqlFactory.Instance, connectionString);
                store.UseClustering(_ => { });
                store.ProvisionSchema();
            });
            tune?.Invoke(quartz);
        }).BuildScheduler();
        await scheduler.AddJob(JobBuilder.Create<EmptyJob>().WithIdentity(job).StoreDurably().Build(), new AddJobOptions { Replace = true });
        return scheduler;
    }

    /// <summary>All in one call, which is one transaction.</summary>
    public static async Task ScheduleAllAsync(IScheduler scheduler, string name, IEnumerable<DateTimeOffset> instants)
    {
        var triggers = instants.Select((at, i) => Trigger($"{name}-{i}", at)).ToArray();
        await scheduler.ScheduleJobs(new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>> { [JobBuilder.Create<EmptyJob>().WithIdentity(job).StoreDurably().Build()] = triggers },
            new ScheduleJobOptions { Replace = true });
    }

    public static ITrigger Trigger(string name, DateTimeOffset at) => TriggerBuilder.Create().WithIdentity(name).ForJob(job).StartAt(at).Build();

    sealed class EmptyJob : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            Ran(context.ScheduledFireTimeUtc ?? context.FireTimeUtc);
            return ValueTask.CompletedTask;
        }
    }
}
