using Microsoft.Extensions.Logging;
using Scheduler.Tasks;

namespace Scheduler.Running;

/// <summary>What runs wait for besides a slot.</summary>
static class Waits
{
    /// <summary>Ends when the node's time has come to <paramref name="at"/>.</summary>
    public static async Task DelayUntilAsync(this Node node, DateTimeOffset at, CancellationToken stop)
    {
        while (at - node.Clock.Now is { Ticks: > 0 } wait)
            await Task.Delay(wait > Longest ? Longest : wait > OneMillisecond ? wait : OneMillisecond, node.Limits.Time, stop);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Ends at once where the node has the handler. Else it waits until it is stopped: a process gets no new handlers while it lives.</summary>
    public static Task HandlerAsync(this Node node, string handler, HandlerKind kind, string task, CancellationToken stop)
    {
        if (node.Handlers.Known.TryGetValue(handler, out var known) && known == kind) return Task.CompletedTask;
        Wants(node, handler, kind, task);
        return Task.Delay(Timeout.InfiniteTimeSpan, node.Limits.Time, stop);
    }

    /// <summary>Ends with the task when the node has its handler. Until then it looks now and then: the definition may name another by then.</summary>
    public static async Task<TaskState> RunnableAsync(this Node node, long taskId, CancellationToken stop)
    {
        while (true)
        {
            var task = await node.Definitions.WaitAsync(taskId, stop);
            var handler = task.Definition.Handler;
            if (node.Handlers.Known.TryGetValue(handler.HandlerName, out var known) && known == handler.Kind) return task;
            Wants(node, handler.HandlerName, handler.Kind, task.Definition.Name);
            await Task.Delay(LookAgain, node.Limits.Time, stop);
        }
    }

    static void Wants(Node node, string handler, HandlerKind kind, string task) => node.TellOnce($"handler/{task}/{handler}",
        log => log.LogWarning("Task {Task} waits: no handler \"{Handler}\" of kind {Kind} is registered in this process", task, handler, kind));

    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    // A timer's longest is 49 days; a clock that is corrected meanwhile wants a look now and then.
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1); // what timers count
}
