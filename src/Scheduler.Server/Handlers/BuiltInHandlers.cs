using System.Text.Json;
using Scheduler.Server.Demo;

namespace Scheduler.Server.Handlers;

/// <summary>What the bare server can run, so that schedules can be tried before any code is written.</summary>
static class BuiltInHandlers
{
    /// <summary>
    /// <c>log</c> logs its parameters and returns them. <c>sleep</c> waits for the <c>duration</c> in its parameters
    /// (<c>{"duration":"00:00:05"}</c>) and ends at once when it is cancelled.
    /// </summary>
    public static IServiceCollection AddBuiltInHandlers(this IServiceCollection services) => services
        .AddTaskHandler("log", (context, _) => Task.FromResult(Log(context)))
        .AddTaskHandler("sleep", async (context, cancellationToken) => await SleepAsync(context, cancellationToken));

    /// <summary><c>demo.rows</c> polls the demo's databases in a directory and writes what it sees to the ledger there.</summary>
    /// <exception cref="DemoException">The directory has no complete databases.</exception>
    public static IServiceCollection AddDemoRows(this IServiceCollection services, string directory, TimeSpan work)
    {
        var demo = new DemoDirectory(directory);
        _ = demo.CompleteShape; // now, rather than at the first page
        return services
            .AddSingleton(_ => new Ledger(demo.Ledger)) // made, and so disposed, by the container
            .AddSingleton(provider => new OrderHandler(demo, provider.GetRequiredService<Ledger>(), work))
            .AddPolling<OrderHandler, OrderRow>("demo.rows");
    }

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
