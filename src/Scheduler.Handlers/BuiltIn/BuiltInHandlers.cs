using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Scheduler.Handlers;

/// <summary>What a bare server or silo can run, so that schedules can be tried before any code is written.</summary>
public static class BuiltInHandlers
{
    /// <summary>
    /// <c>log</c> logs its parameters and returns them. <c>sleep</c> waits for the <c>duration</c> in its parameters
    /// (<c>{"duration":"00:00:05"}</c>) and ends at once when it is cancelled.
    /// </summary>
    public static IServiceCollection AddBuiltInHandlers(this IServiceCollection services) => services
        .AddTaskHandler("log", (context, _) => Task.FromResult(Log(context)))
        .AddTaskHandler("sleep", async (context, cancellationToken) => await SleepAsync(context, cancellationToken));

    static object? Log(TaskContext context)
    {
        if (context.Logger.IsEnabled(LogLevel.Information))
            context.Logger.LogInformation("{Task} of {ScheduledAt:O}, attempt {Attempt}: {Parameters}", context.Task, context.ScheduledAt, context.Attempt, context.Parameters?.GetRawText() ?? "no parameters");
        return context.Parameters;
    }

    static async Task<object?> SleepAsync(TaskContext context, CancellationToken cancellationToken)
    {
        var given = context.Parameters is { ValueKind: JsonValueKind.Object } parameters && parameters.TryGetProperty("duration", out var duration) ? duration : default;
        if (given.ValueKind != JsonValueKind.String || !TimeSpan.TryParse(given.GetString(), out var span) || span < TimeSpan.Zero)
            throw new NonRetryableException($"parameters.duration: expected a time span such as \"00:00:05\", got {(given.ValueKind == JsonValueKind.Undefined ? "nothing" : given.GetRawText())}");
        await Task.Delay(span, cancellationToken);
        return new { slept = span };
    }
}
