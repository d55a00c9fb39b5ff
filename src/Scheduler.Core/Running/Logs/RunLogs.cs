using Microsoft.Extensions.Logging;
using Scheduler.Executions;

namespace Scheduler.Running.Logs;

/// <summary>What handlers log in a node.</summary>
public sealed class RunLogs
{
    /// <summary>What the categories of handlers' loggers in the host's own logging begin with; the handler's name follows.</summary>
    public const string HandlerCategory = "Scheduler.Handler.";

    readonly ILoggerFactory hosts;
    readonly LineBuffer buffer;
    readonly LineWriter writer;

    internal RunLogs(Node node, ILoggerFactory hosts)
    {
        (this.hosts, Limits) = (hosts, node.Limits.Logs);
        buffer = new(Limits, node.Clock, node.Id, node.Random.NextId());
        writer = new(node, buffer);
    }

    /// <summary>The bounds.</summary>
    public LogLimits Limits { get; }

    /// <summary>Lines that are not durable yet.</summary>
    public int Undurable => buffer.Undurable;

    /// <summary>The logger of a run.</summary>
    public RunLogger Of(LogSource source, string handler) => new(this, source, OfHost(handler));

    /// <summary>The host's logger for a handler, whose lines belong to no execution.</summary>
    public ILogger OfHost(string handler) => hosts.CreateLogger(HandlerCategory + handler);

    /// <summary>Has those who watch the execution's lines look again: it has ended.</summary>
    public void Ended(ExecutionId execution) => buffer.Tell(execution);

    /// <summary>Ends when every line so far is durable.</summary>
    public Task FlushAsync() => writer.FlushAsync();

    /// <summary>Ends the writing; what is not durable by now is lost, and told.</summary>
    public void Close() => writer.Close();

    internal void Add(LogSource source, LogLineLevel level, string? category, string message, string? exception, string? values)
    {
        buffer.Add(source, level, category, message, exception, values);
        writer.Wake();
    }

    internal LineWatch Watch(ExecutionId execution) => buffer.Watch(execution);

    /// <summary>The execution's lines in order, of all processes, those included that this one has not yet written.</summary>
    internal async ValueTask<List<LogEntry>> ReadAsync(IStore store, ExecutionState execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken)
    {
        // Those here first: what is written meanwhile is then in the store.
        var here = buffer.Of(execution.Id, after).Where(entry => entry.Passes(filter));
        var there = await store.ReadLogAsync(LogMonth.Of(execution.CreatedAt), execution.Id, filter, after, limit, cancellationToken);
        return [.. there.Concat(here).DistinctBy(entry => entry.Position).OrderBy(entry => entry.Position).Take(limit)];
    }
}
