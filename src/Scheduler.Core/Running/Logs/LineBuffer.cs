using Scheduler.Executions;

namespace Scheduler.Running.Logs;

/// <summary>Lines that are not durable yet, in order, bounded; nobody who adds one ever waits. Safe for any number of threads.</summary>
sealed class LineBuffer(LogLimits limits, Clock clock, string node, long writer)
{
    /// <summary>Executions without lines here whose count is remembered.</summary>
    const int Remembered = 10_000;

    sealed class Lines
    {
        public readonly Queue<LogEntry> Waiting = [];
        public readonly List<LogEntry> Writing = [];
        public long Bytes; // of those that wait
        public int Count; // ever
        public LogEntry? LastDropped;
        public int Dropped;
        public bool IsReady; // it is among those that wait for their turn

        public bool IsIdle => Waiting.Count == 0 && Writing.Count == 0 && LastDropped is null;
    }

    readonly Lock gate = new();
    readonly Dictionary<ExecutionId, Lines> executions = [];
    readonly Dictionary<ExecutionId, List<LineWatch>> watches = [];
    readonly Queue<Lines> ready = [];
    long last, bytes;
    int waiting, writing;

    /// <summary>Lines that wait to be taken.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>Lines that are not durable yet.</summary>
    public int Undurable
    {
        get
        {
            lock (gate) return waiting + writing;
        }
    }

    /// <summary>Adds a line, or leaves it out where its execution has had its share.</summary>
    public void Add(LogSource source, LogLineLevel level, string? category, string message, string? exception, string? values)
    {
        lock (gate)
        {
            var lines = Of(source.Execution);
            if (lines.Count > limits.LinesPerExecution) return;
            if (lines.Count++ == limits.LinesPerExecution)
                (level, category, message, exception, values) = (LogLineLevel.Warning, null, $"{limits.LinesPerExecution} lines were logged in this process, which is all that is kept of one execution: what follows is left out", null, null);
            // One order for the whole process, whatever the clock does: no two of its lines have one place.
            last = Math.Max((clock.Now - DateTimeOffset.UnixEpoch).Ticks, last + 1);
            var entry = new LogEntry(source, new(last, writer), node, level, category, message, exception, values);
            lines.Waiting.Enqueue(entry);
            waiting++;
            lines.Bytes += entry.Bytes;
            bytes += entry.Bytes;
            Ready(lines);
            if (bytes > limits.BufferBytes) Drop();
            TellWatches(source.Execution);
        }
    }

    /// <summary>Takes lines to be written. They stay readable here until <see cref="Written"/> is told.</summary>
    public List<LogEntry> Take(int count)
    {
        List<LogEntry> taken = [];
        lock (gate)
        {
            while (taken.Count < count && ready.TryDequeue(out var lines))
            {
                lines.IsReady = false;
                var from = taken.Count;
                if (lines.LastDropped is { } dropped)
                {
                    taken.Add(Note(dropped, lines.Dropped));
                    (lines.LastDropped, lines.Dropped) = (null, 0);
                    waiting--;
                    writing++;
                }
                while (taken.Count < count && lines.Waiting.TryDequeue(out var entry))
                {
                    taken.Add(entry);
                    Left(lines, entry);
                    writing++;
                }
                lines.Writing.AddRange(taken.Skip(from));
                if (lines.Waiting.Count > 0) Ready(lines);
            }
        }
        return taken;
    }

    /// <summary>They are durable, or never will be: they leave.</summary>
    public void Written(IReadOnlyList<LogEntry> taken)
    {
        lock (gate)
        {
            foreach (var group in taken.GroupBy(entry => entry.Source.Execution))
            {
                var lines = executions[group.Key];
                var gone = group.Select(entry => entry.Position).ToHashSet();
                lines.Writing.RemoveAll(entry => gone.Contains(entry.Position));
            }
            writing -= taken.Count;
            if (executions.Count > Remembered)
                foreach (var idle in executions.Where(each => each.Value.IsIdle).Select(each => each.Key).Take(executions.Count - Remembered).ToArray()) executions.Remove(idle);
        }
    }

    /// <summary>The execution's lines that are not durable yet, after <paramref name="after"/>.</summary>
    public IReadOnlyList<LogEntry> Of(ExecutionId execution, LogPosition? after)
    {
        lock (gate)
        {
            if (!executions.TryGetValue(execution, out var lines)) return [];
            IEnumerable<LogEntry> all = lines.LastDropped is { } dropped ? [.. lines.Writing, Note(dropped, lines.Dropped), .. lines.Waiting] : [.. lines.Writing, .. lines.Waiting];
            return [.. all.Where(entry => after is not { } from || entry.Position.CompareTo(from) > 0)];
        }
    }

    /// <summary>Hears of the execution's lines until it is disposed of.</summary>
    public LineWatch Watch(ExecutionId execution)
    {
        var watch = new LineWatch(gone =>
        {
            lock (gate)
                if (watches.TryGetValue(execution, out var all) && all.Remove(gone) && all.Count == 0) watches.Remove(execution);
        });
        lock (gate)
        {
            if (!watches.TryGetValue(execution, out var all)) watches.Add(execution, all = []);
            all.Add(watch);
        }
        return watch;
    }

    /// <summary>Has whoever watches the execution look again.</summary>
    public void Tell(ExecutionId execution)
    {
        lock (gate) TellWatches(execution);
    }

    void TellWatches(ExecutionId execution)
    {
        if (watches.Count > 0 && watches.TryGetValue(execution, out var all)) all.ForEach(watch => watch.Tell());
    }

    Lines Of(ExecutionId execution)
    {
        if (!executions.TryGetValue(execution, out var lines)) executions.Add(execution, lines = new());
        return lines;
    }

    void Ready(Lines lines)
    {
        if (lines.IsReady) return;
        lines.IsReady = true;
        ready.Enqueue(lines);
    }

    void Left(Lines lines, LogEntry entry)
    {
        lines.Bytes -= entry.Bytes;
        bytes -= entry.Bytes;
        waiting--;
    }

    /// <summary>Makes room where most of it is taken, an eighth at a time, so that looking for the place is seldom.</summary>
    void Drop()
    {
        while (bytes > limits.BufferBytes && executions.Values.MaxBy(lines => lines.Bytes) is { Waiting.Count: > 0 } noisiest)
            for (var left = Math.Max(1, noisiest.Waiting.Count / 8); left > 0; left--)
            {
                var entry = noisiest.Waiting.Dequeue();
                Left(noisiest, entry);
                if (noisiest.LastDropped is null) waiting++; // the line that will say so
                (noisiest.LastDropped, noisiest.Dropped) = (entry, noisiest.Dropped + 1);
            }
    }

    /// <summary>Stands where the last dropped line stood: nothing else ever does.</summary>
    static LogEntry Note(LogEntry dropped, int count) => dropped with
    {
        Level = LogLineLevel.Warning, Category = null, Exception = null, Values = null,
        Message = $"{count} lines before this one were dropped: more was logged than could be written",
    };
}
