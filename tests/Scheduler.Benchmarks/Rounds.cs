namespace Scheduler.Benchmarks;

/// <summary>Rounds of whatever host a client speaks for.</summary>
static class Rounds
{
    /// <summary>Runs one round of a task, from its trigger until its end is known to be durable.</summary>
    public static async Task<ExecutionView> RoundAsync(this ISchedulerClient client, string task)
    {
        var trigger = await client.TriggerTaskAsync(task);
        var execution = await client.WaitForExecutionAsync(trigger.ExecutionId, TimeSpan.FromMinutes(30));
        return execution.Status == ExecutionStatus.Succeeded ? execution : throw new InvalidOperationException($"expected a round that succeeds, got {execution.Status}: {execution.Error}");
    }
}
