using Scheduler;

namespace Shop;

/// <summary>Once a day: how many orders the index has, and what they are worth.</summary>
public sealed class DailyReport(SearchIndex index) : ITaskHandler
{
    public Task<object?> ExecuteAsync(TaskContext context, CancellationToken cancellationToken) =>
        Task.FromResult<object?>(new { day = context.ScheduledAt.ToString("yyyy-MM-dd"), orders = index.Count, sum = index.Sum });
}
