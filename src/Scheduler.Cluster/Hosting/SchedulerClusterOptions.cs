using MySqlConnector;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;

namespace Scheduler.Cluster.Hosting;

/// <summary>How the scheduler runs in a silo. All silos of a cluster have the same database.</summary>
public sealed class SchedulerClusterOptions
{
    static readonly TimeSpan ClusterLeaseFor = TimeSpan.FromSeconds(2.5);

    Func<CancellationToken, Task<IStore>>? open;

    /// <summary>Where people find this silo, as its node's row says. By default the machine's name.</summary>
    public string Address { get; set; } = Environment.MachineName;

    /// <summary>Parts into which the reading of what is due is divided: 1 to 256. The same in all silos.</summary>
    public int Buckets
    {
        get;
        set => field = value is >= 1 and <= WakeBucket.Most ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Buckets: expected 1 to {WakeBucket.Most}");
    } = 16;

    /// <summary>Up to so many tasks that want to be woken, each has a reminder of its own as well. Beyond it the buckets alone look after them.</summary>
    public int TasksWithReminders { get; set; } = 10_000;

    /// <summary>How often such a reminder looks after its task: one minute at least.</summary>
    public TimeSpan WatchdogEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A silo that cannot reach the database for so long leaves the cluster, where another can. It grants no slot long before.</summary>
    public TimeSpan LeaveAfter { get; set; } = TimeSpan.FromSeconds(10);

    internal NodeLimits NodeLimits { get; private set; } = new()
    {
        Time = TimeProvider.System,
        // What a lost silo ran goes on within five seconds: one to see that it is lost, and its lease.
        BeatEvery = TimeSpan.FromSeconds(1),
        LeaseFor = ClusterLeaseFor,
        LeaseMargin = TimeSpan.FromSeconds(0.5),
        // A server writes several transactions at a time, and waits for the disk once for all of them.
        CommitLanes = 4,
        CommitBatch = 64,
    };

    internal bool OwnsStore { get; private set; } = true;

    /// <summary>Ids of the silos that live, by a database that does not keep other clusters out by itself; null: it does.</summary>
    internal Func<CancellationToken, Task<IReadOnlyList<string>>>? LivingSilos { get; private set; }

    /// <summary>Keeps everything in a PostgreSQL database, in the schema that its search path names.</summary>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <exception cref="ArgumentException">Npgsql does not read it.</exception>
    public SchedulerClusterOptions UsePostgreSql(string connectionString)
    {
        SchedulerStore.CheckPostgreSql(connectionString);
        return Use(async stop => await SchedulerStore.OpenPostgreSqlAsync(connectionString, null, stop));
    }

    /// <summary>Keeps everything in a MySQL or MariaDB database.</summary>
    /// <param name="connectionString">As MySqlConnector reads it; the database exists.</param>
    /// <exception cref="ArgumentException">MySqlConnector does not read it.</exception>
    public SchedulerClusterOptions UseMySql(string connectionString)
    {
        var source = MySqlConnections.Of(connectionString);
        return Use(async stop =>
        {
            await MySqlLock.ExpectFreeAsync(source, stop);
            return await SchedulerStore.OpenAsync(source, Dialect.MySql, null, stop);
        }, stop => MySqlLock.LivingSilosAsync(source, stop));
    }

    /// <summary>Keeps everything in one SQLite file: for a cluster of one silo. One process at a time has the file.</summary>
    /// <param name="path">The file, relative to the current directory.</param>
    public SchedulerClusterOptions UseSqlite(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Use(async stop =>
        {
            var full = Path.GetFullPath(path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var only = SqliteFileLock.Acquire(full);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => only.Dispose();
            return await SchedulerStore.OpenSqliteAsync(full, null, stop);
        }).Limits(limits => limits with { LeaseFor = TimeSpan.MaxValue }); // nobody else has the file, so nobody takes runs over: a slow disk is no reason to cancel them
    }

    /// <summary>Keeps everything in a store that is the application's: it is not disposed of.</summary>
    public SchedulerClusterOptions UseStore(IStore store)
    {
        OwnsStore = false;
        return Use(_ => Task.FromResult(store));
    }

    /// <summary>Changes the node's bounds: <c>o.Limits(l => l with { Slots = 32 })</c>.</summary>
    public SchedulerClusterOptions Limits(Func<NodeLimits, NodeLimits> change)
    {
        NodeLimits = change(NodeLimits);
        return this;
    }

    internal Task<IStore> OpenAsync(CancellationToken cancellationToken) =>
        (open ?? throw new InvalidOperationException("AddScheduler: expected one of UsePostgreSql, UseMySql and UseSqlite, got none"))(cancellationToken);

    SchedulerClusterOptions Use(Func<CancellationToken, Task<IStore>> how, Func<CancellationToken, Task<IReadOnlyList<string>>>? livingSilos = null)
    {
        (open, LivingSilos) = (how, livingSilos);
        // Others may take runs over, unlike those of a file.
        return Limits(limits => limits with { LeaseFor = limits.LeaseFor == TimeSpan.MaxValue ? ClusterLeaseFor : limits.LeaseFor });
    }
}
