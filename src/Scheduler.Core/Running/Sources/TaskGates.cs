using System.Collections.Immutable;
using Scheduler.Tasks;

namespace Scheduler.Running.Sources;

/// <summary>The ways to the databases of one task in this process.</summary>
sealed class TaskGates(Node node, TaskState first)
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly Dictionary<string, DatabaseGate> databases = new(StringComparer.Ordinal);
    TaskState task = first;
    RowBucket? bucket;
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int waiting;
    bool looking;

    /// <summary>The task's name.</summary>
    public string Name => Volatile.Read(ref task).Definition.Name;

    /// <summary>The task's tenant.</summary>
    public string Tenant => task.Tenant;

    /// <summary>The rate of rows that pages wait for, and how many do; null where none does.</summary>
    public (int PerSecond, int Waiting)? WaitingForRows => Volatile.Read(ref bucket) is { Waiting: > 0 and var pages } rate ? (rate.PerSecond, pages) : null;

    /// <summary>Databases of which as many pages are under way as may, and others wait.</summary>
    public IReadOnlyList<DatabaseGate> Crowded()
    {
        lock (gate) return [.. databases.Values.Where(each => each.Waiting > 0).OrderBy(each => each.Database, StringComparer.Ordinal)];
    }

    /// <summary>Takes a newer state over: databases that were released are read again at once.</summary>
    public void Take(TaskState newer)
    {
        lock (gate)
        {
            if (newer.Revision <= task.Revision) return;
            var differs = !newer.Quarantined.SequenceEqual(task.Quarantined);
            task = newer;
            if (!differs) return;
            changed.TrySetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The way to one database.</summary>
    public DatabaseGate Of(string database)
    {
        lock (gate)
        {
            if (!databases.TryGetValue(database, out var known)) databases.Add(database, known = new(node, this, database));
            return known;
        }
    }

    /// <summary>Whether the database is asked nothing now: it is in quarantine, or failed and is left alone for a while.</summary>
    public bool LeavesAlone(string database)
    {
        lock (gate)
            return task.Quarantined.Any(each => each.Database == database) || (databases.TryGetValue(database, out var known) && known.Breaker.OpenUntil is not null);
    }

    /// <summary>Databases that are left alone since they failed.</summary>
    public IReadOnlyList<DatabaseGate> Open()
    {
        lock (gate) return [.. databases.Values.Where(each => each.Breaker.OpenUntil is not null).OrderBy(each => each.Database, StringComparer.Ordinal)];
    }

    /// <summary>The bucket of that rate; a definition of another rate begins with a full one.</summary>
    public RowBucket Bucket(int perSecond)
    {
        lock (gate)
        {
            if (bucket?.PerSecond != perSecond) bucket = new(node.Limits.Time, perSecond);
            return bucket;
        }
    }

    /// <summary>Ends when the database is not in quarantine. What another process was told is known here a second later.</summary>
    public async ValueTask ReleasedAsync(string database, CancellationToken stop)
    {
        await LookAsync(stop);
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (!task.Quarantined.Any(each => each.Database == database)) return;
                wait = changed.Task;
                waiting++;
                if (!looking) node.Background.Start(KeepLookingAsync);
                looking = true;
            }
            try
            {
                await wait.OrStopAsync(stop);
            }
            finally
            {
                lock (gate) waiting--;
            }
        }
    }

    /// <summary>One looks for all that wait, as long as somebody does.</summary>
    async Task KeepLookingAsync()
    {
        while (true)
        {
            await Task.Delay(LookEvery, node.Limits.Time);
            lock (gate)
            {
                looking = waiting > 0;
                if (!looking) return;
            }
            await LookAsync(CancellationToken.None);
        }
    }

    async Task LookAsync(CancellationToken stop)
    {
        try
        {
            Take(await node.Definitions.GetAsync(Volatile.Read(ref task).Id).OrStopAsync(stop));
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            // The store does not answer: what was known is known still.
        }
    }
}

/// <summary>The ways to the databases of all tasks in this process.</summary>
sealed class SourceGates(Node node)
{
    const int Capacity = 10_000;

    readonly Lock gate = new();
    readonly Dictionary<long, TaskGates> tasks = [];

    /// <summary>Those of a task, by its state as just read.</summary>
    public TaskGates Of(TaskState task)
    {
        TaskGates? known;
        lock (gate)
        {
            if (!tasks.TryGetValue(task.Id, out known))
            {
                // What is forgotten begins anew, with closed breakers; runs under way keep theirs.
                if (tasks.Count >= Capacity) tasks.Clear();
                tasks.Add(task.Id, known = new(node, task));
            }
        }
        known.Take(task);
        return known;
    }

    /// <summary>Those of a task, if any of its shards has run here.</summary>
    public TaskGates? Find(long taskId)
    {
        lock (gate) return tasks.GetValueOrDefault(taskId);
    }
}
