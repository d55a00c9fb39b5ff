using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Scheduler.Running;

/// <summary>
/// What happens in this process, for whoever watches. Nothing is kept: each watcher has a bounded line of its own, and one that is too
/// slow loses the oldest.
/// </summary>
public sealed class EventBus(Clock clock)
{
    /// <summary>Events that may wait for one watcher.</summary>
    public const int Capacity = 1024;

    readonly Lock gate = new();
    readonly List<(string Tenant, Channel<SchedulerEvent> Line)> watchers = [];
    long last;
    bool closed;

    /// <summary>Whether anybody watches; else a message need not even be written.</summary>
    public bool IsWatched
    {
        get { lock (gate) return watchers.Count > 0; }
    }

    /// <summary>Tells everybody who watches the tenant. Never waits, never throws.</summary>
    public void Tell(string tenant, SchedulerEventKind kind, string message, string? task = null, string? execution = null, string? database = null, string? table = null)
    {
        lock (gate)
        {
            last++;
            if (watchers.Count == 0) return;
            var told = new SchedulerEvent { Id = last, Kind = kind, At = clock.Now, Task = task, ExecutionId = execution, Database = database, Table = table, Message = message };
            foreach (var watcher in watchers)
                if (watcher.Tenant == tenant) watcher.Line.Writer.TryWrite(told);
        }
    }

    /// <summary>Ends all watching.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            foreach (var watcher in watchers) watcher.Line.Writer.TryComplete();
        }
    }

    /// <summary>What happens from the first step of the enumeration on.</summary>
    public async IAsyncEnumerable<SchedulerEvent> WatchAsync(string tenant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var line = Channel.CreateBounded<SchedulerEvent>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (gate)
        {
            if (closed) yield break;
            watchers.Add((tenant, line));
        }
        try
        {
            await foreach (var told in line.Reader.ReadAllAsync(cancellationToken)) yield return told;
        }
        finally
        {
            lock (gate) watchers.RemoveAll(each => ReferenceEquals(each.Line, line));
        }
    }
}
