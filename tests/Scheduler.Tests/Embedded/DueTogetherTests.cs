using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Scheduler.Tests.Embedded;

/// <summary>Many tasks that are due at once, of which memory holds none.</summary>
public sealed class DueTogetherTests
{
    static readonly DateTimeOffset Start = new(2026, 3, 28, 22, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_runs_once_and_none_is_taken_for_another_activations()
    {
        const int Tasks = 240;
        var (time, told, ran) = (new ManualTime(Start), new Told(), new ConcurrentDictionary<string, int>());
        await using var host = await Host.StartAsync(services => services.AddLogging(logging => logging.AddProvider(told))
                .AddTaskHandler("work", (context, _) =>
                {
                    ran.AddOrUpdate(context.Task, 1, (_, times) => times + 1);
                    return Task.CompletedTask;
                }),
            options =>
            {
                options.Time = time;
                options.Limits(limits => limits with { Resting = 0, ReadBatch = 20 });
            });
        // Three groups, a millisecond apart: the next is due while the one before is being read.
        for (var i = 0; i < Tasks; i++)
            await host.Client.CreateTaskAsync(new()
            {
                Name = $"job-{i}",
                Schedule = new() { At = Start.AddSeconds(5).AddMilliseconds(i % 3) },
                Handler = new() { Code = new() { Handler = "work" } },
            });

        time.Advance(TimeSpan.FromSeconds(6));

        await Server.Eventually.GetAsync("all of them to end", async () =>
            (await host.Client.ListExecutionsAsync(new() { Status = ExecutionStatus.Succeeded, Limit = 1000 })).Items is { Count: Tasks } all ? all : null);
        Assert.Equal(Tasks, ran.Count);
        Assert.All(ran.Values, times => Assert.Equal(1, times));
        Assert.Empty(told.Warnings);
    }

    /// <summary>Remembers warnings.</summary>
    sealed class Told : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Warnings { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Warnings.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
