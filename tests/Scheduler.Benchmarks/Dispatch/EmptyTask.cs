using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>A handler that does nothing but count, and tell when it has run as often as it should.</summary>
sealed class EmptyTask(int executions)
{
    readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int ran;

    /// <summary>Ends when it has.</summary>
    public Task AllRan => all.Task;

    /// <summary>Is told of every run, at its begin.</summary>
    public Action<DateTimeOffset> Ran { get; init; } = _ => { };

    public void Register(IServiceCollection services) => services.AddTaskHandler("empty", (context, _) =>
    {
        Ran(context.ScheduledAt);
        if (Interlocked.Increment(ref ran) == executions) all.TrySetResult();
        return Task.FromResult<object?>(null);
    });

    public static TaskDefinition Define(string name, DateTimeOffset at) => new() { Name = name, Schedule = new() { At = at }, Handler = new() { Code = new() { Handler = "empty" } } };
}
