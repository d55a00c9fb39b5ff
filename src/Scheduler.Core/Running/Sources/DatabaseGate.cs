using Microsoft.Extensions.Logging;

namespace Scheduler.Running.Sources;

/// <summary>The way to one database of one task: what pages wait for before they wait for a slot, so that nobody holds a slot while waiting.</summary>
sealed class DatabaseGate(Node node, TaskGates task, string database)
{
    readonly Lock gate = new();
    readonly Queue<TaskCompletionSource> line = [];
    int inside;

    /// <summary>The database.</summary>
    public string Database => database;

    /// <summary>Whether it is left alone.</summary>
    public Breaker Breaker { get; } = new(node);

    /// <summary>Pages under way where they are counted.</summary>
    public int Inside
    {
        get { lock (gate) return inside; }
    }

    /// <summary>Pages that wait for one under way to end.</summary>
    public int Waiting
    {
        get { lock (gate) return line.Count(turn => !turn.Task.IsCompleted); }
    }

    /// <summary>Waits until a page may be read, or processed again. The pass is disposed of when the page is done.</summary>
    public async ValueTask<GatePass> EnterAsync(IPollingShape polling, bool reads, CancellationToken stop)
    {
        await task.ReleasedAsync(database, stop);
        var probes = reads && await Breaker.EnterAsync(stop);
        try
        {
            return await WithinLimitsAsync(polling, reads ? polling.PageSize : 0, probes, stop);
        }
        catch
        {
            if (probes) Breaker.GiveUpProbe();
            throw;
        }
    }

    /// <summary>Waits until a database that is not left alone may be asked for so many rows. The pass is disposed of when it has answered.</summary>
    public ValueTask<GatePass> AskAsync(IPollingShape polling, int rows, CancellationToken stop) => WithinLimitsAsync(polling, rows, probes: false, stop);

    async ValueTask<GatePass> WithinLimitsAsync(IPollingShape polling, int rows, bool probes, CancellationToken stop)
    {
        if (polling.Limits is not { } limits) return new(this, null, 0, probes, false);
        var counted = limits.PerDatabase is not null;
        if (limits.PerDatabase is { } most) await RoomAsync(most, stop);
        try
        {
            var bucket = rows > 0 && limits.RowsPerSecond is { } rate ? task.Bucket(rate) : null;
            if (bucket is not null) await bucket.TakeAsync(rows, stop);
            return new(this, bucket, rows, probes, counted);
        }
        catch
        {
            if (counted) Leave();
            throw;
        }
    }

    public void Succeeded()
    {
        if (!Breaker.Succeeded()) return;
        node.Log.LogWarning("Database {Database} of task {Task} answers again: its shards go on", database, task.Name);
        node.Events.Tell(task.Tenant, SchedulerEventKind.BreakerClosed, $"database {database} answers again: its shards go on", task.Name, database: database);
    }

    public bool Failed(string error)
    {
        var isOpen = Breaker.Failed(error, out var opens);
        if (!opens) return isOpen;
        node.Log.LogWarning("Database {Database} of task {Task} failed {Failures} times in a row: its shards wait until {Until:O} and use up no attempts; the others go on. {Error}",
            database, task.Name, node.Limits.BreakerFailures, Breaker.OpenUntil, error);
        node.Events.Tell(task.Tenant, SchedulerEventKind.BreakerOpened, $"database {database} failed {node.Limits.BreakerFailures} times in a row: its shards wait until {Breaker.OpenUntil:O}; {error}", task.Name, database: database);
        return isOpen;
    }

    public void Leave()
    {
        lock (gate)
        {
            while (line.TryDequeue(out var turn))
                if (turn.TrySetResult()) return; // the place goes on to the next
            inside--;
        }
    }

    async Task RoomAsync(int most, CancellationToken stop)
    {
        TaskCompletionSource turn;
        lock (gate)
        {
            if (inside < most)
            {
                inside++;
                return;
            }
            line.Enqueue(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        using var _ = stop.Register(() => turn.TrySetCanceled(stop));
        await turn.Task;
    }
}

/// <summary>The right to have one page of a database under way.</summary>
sealed class GatePass(DatabaseGate gate, RowBucket? bucket, int taken, bool probes, bool counted) : IDisposable
{
    bool hasFared;
    int read;

    /// <summary>The database gave a page.</summary>
    public void Read(int rows)
    {
        read = rows;
        hasFared = true;
        gate.Succeeded();
    }

    /// <summary>The database did not.</summary>
    /// <returns>Whether it is left alone for a while: then the shard uses up no attempt.</returns>
    public bool Failed(string error)
    {
        hasFared = true;
        return gate.Failed(error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bucket?.GiveBack(taken - read);
        if (probes && !hasFared) gate.Breaker.GiveUpProbe();
        if (counted) gate.Leave();
    }
}
