using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Scheduler.Running.Logs;

/// <summary>Keeps what handlers log through loggers of their own, such as an injected <c>ILogger&lt;T&gt;</c>, with the execution that they run for.</summary>
[ProviderAlias("Scheduler")]
public sealed class RunLoggerProvider : ILoggerProvider
{
    // Ours: these tell of other things, or are lines of a context's logger, which are kept already.
    static readonly string[] own = ["Scheduler.Node", "Scheduler.Lease", "Scheduler.Cluster"];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => own.Contains(categoryName) || categoryName.StartsWith(RunLogs.HandlerCategory, StringComparison.Ordinal) ? NullLogger.Instance : new OfRun(categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    sealed class OfRun(string category) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => RunLogger.Ambient is not null;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            RunLogger.Ambient?.Keep(category, logLevel, state, exception, formatter);
    }
}
