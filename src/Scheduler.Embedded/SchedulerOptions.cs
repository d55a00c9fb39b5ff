using System.Data.Common;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Storage.Dialects;

namespace Scheduler;

/// <summary>How the scheduler runs in this process.</summary>
public sealed class SchedulerOptions
{
    /// <summary>Where everything is remembered; see <see cref="UseSqlite"/>, <see cref="UsePostgreSql"/> and <see cref="UseMySql"/>.</summary>
    internal Func<SchedulerOptions, CancellationToken, Task<OpenStore>>? Open { get; private set; }

    /// <summary>The clock behind every wait: the system's, or in tests a <see cref="ManualTime"/>.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Where people find this process, as its node's row and a server on standby say. By default the machine's name.</summary>
    public string Address { get; set; } = Environment.MachineName;

    internal NodeLimits NodeLimits { get; private set; } = new() { Time = TimeProvider.System };

    /// <summary>
    /// Keeps everything in one SQLite file, which is made where it does not exist. One process at a time has the file;
    /// a second one fails at start with a <see cref="StoreInUseException"/>.
    /// </summary>
    /// <param name="path">The file, relative to the current directory.</param>
    public SchedulerOptions UseSqlite(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Open = async (options, cancellationToken) =>
        {
            var full = Path.GetFullPath(path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var only = SqliteFileLock.Acquire(full);
            try
            {
                return new(await SchedulerStore.OpenSqliteAsync(full, new() { Time = options.Time }, cancellationToken), only);
            }
            catch
            {
                only.Dispose();
                throw;
            }
        };
        // Nobody else has the file, so nobody takes runs over: a slow disk is no reason to cancel them.
        return Limits(limits => limits with { LeaseFor = TimeSpan.MaxValue });
    }

    /// <summary>
    /// Keeps everything in a PostgreSQL database, in the schema that its search path names. Several processes may have it: one is active, the
    /// others stand by, answer reads, refuse the rest with <see cref="SchedulerErrorKind.Unavailable"/>, and one of them is active within ten
    /// seconds of the active one's end. The start fails with a <see cref="StoreUnreachableException"/> where there is no way to the database.
    /// </summary>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <exception cref="ArgumentException">Npgsql does not read the connection string.</exception>
    public SchedulerOptions UsePostgreSql(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        SchedulerStore.CheckPostgreSql(connectionString);
        Open = async (_, cancellationToken) => new(await SchedulerStore.OpenPostgreSqlAsync(connectionString, null, cancellationToken), null);
        return OnServer();
    }

    /// <summary>
    /// Keeps everything in a MySQL (8.0.17 or later) or MariaDB (10.6 or later) database, for one process: a second one, and one beside a
    /// cluster's silos, fails at start with a <see cref="StoreInUseException"/>. None stands by; servers that take turns want <see cref="UsePostgreSql"/>.
    /// </summary>
    /// <param name="source">Its connections, from whatever driver; whoever made it disposes it, after the scheduler. A driver's variables in statements are not needed.</param>
    public SchedulerOptions UseMySql(DbDataSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Open = async (_, cancellationToken) =>
        {
            var only = await MySqlLock.AcquireAsync(source, cancellationToken);
            SchedulerStore? store = null;
            try
            {
                store = await SchedulerStore.OpenAsync(source, Dialect.MySql, null, cancellationToken);
                await only.ExpectNoClusterAsync(cancellationToken);
                return new(store, only);
            }
            catch
            {
                if (store is not null) await store.DisposeAsync();
                only.Dispose();
                throw;
            }
        };
        return OnServer();
    }

    SchedulerOptions OnServer() => Limits(limits => limits with
    {
        // Others may take runs over, unlike those of a file.
        LeaseFor = limits.LeaseFor == TimeSpan.MaxValue ? new NodeLimits { Time = limits.Time }.LeaseFor : limits.LeaseFor,
        // A server writes several transactions at a time, and waits for the disk once for all of them.
        CommitLanes = 4,
        CommitBatch = 256,
    });

    /// <summary>Changes the node's bounds: <c>o.Limits(l => l with { Slots = 32 })</c>.</summary>
    public SchedulerOptions Limits(Func<NodeLimits, NodeLimits> change)
    {
        NodeLimits = change(NodeLimits);
        return this;
    }
}

/// <summary>A store, and the right to be the only one that has it; null: others may have it too.</summary>
sealed record OpenStore(SchedulerStore Store, IDisposable? Only);
