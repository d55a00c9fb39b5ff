using Microsoft.Extensions.Logging;

namespace Scheduler.Simulation;

/// <summary>What nodes tell: part of the trace, and of the hash.</summary>
sealed class LogBook(Simulation simulation, string process) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        simulation.World.AssertInside();
        simulation.World.Note(process, $"log {logLevel}", "", 0, () => exception is null ? formatter(state, exception) : $"{formatter(state, exception)} [{exception.GetType().Name}: {exception.Message}]");
        if (logLevel >= LogLevel.Error) simulation.Promises.Logged(process, formatter(state, exception), exception);
    }

    public void AddProvider(ILoggerProvider provider) { }

    public void Dispose() { }
}
