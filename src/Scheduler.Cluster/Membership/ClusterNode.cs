using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Hosting;
using Scheduler.Cluster.Routing;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Cluster.Membership;

/// <summary>The scheduler's node in this silo, from the silo's start to its end.</summary>
sealed class ClusterNode(
    SchedulerClusterOptions settings, IOptions<ClusterOptions> cluster, HandlerCatalog handlers, LivingSilos silos, IClusterMembershipService membership, IGrainFactory grains, IHostApplicationLifetime application, IFatalErrorHandler fatal, ILoggerFactory logs)
    : ILifecycleParticipant<ISiloLifecycle>
{
    static readonly TimeSpan BetweenCounts = TimeSpan.FromMinutes(1);

    readonly CancellationTokenSource stop = new();
    readonly ILogger log = logs.CreateLogger("Scheduler.Cluster");
    readonly BucketKeeper buckets = new(settings, grains, logs.CreateLogger("Scheduler.Cluster"));
    readonly Departure departure = new(settings, silos, grains, application, fatal, logs.CreateLogger("Scheduler.Cluster"));
    IStore? store;
    ClusterLease? lease;
    Term? term;
    Node? node;
    Watch? watch;
    Task loops = Task.CompletedTask;
    Count? counted;
    bool started;

    sealed record Count(bool Few, long At);

    /// <summary>How the scheduler runs here.</summary>
    public SchedulerClusterOptions Settings => settings;

    /// <summary>The node.</summary>
    /// <exception cref="SchedulerException">The silo has not started.</exception>
    public Node Node => node ?? throw new SchedulerException(SchedulerErrorKind.Unavailable, "the scheduler has not started in this process");

    /// <summary>The entities that are loaded here.</summary>
    public SiloResidents Residents { get; } = new();

    /// <summary>The nodes that are alive.</summary>
    public LivingSilos Silos => silos;

    /// <summary>Whether the database is within reach.</summary>
    public bool IsConnected => started && Node is { Reach.IsConnected: true, Stopping: false };

    public void Participate(ISiloLifecycle lifecycle)
    {
        // A silo that is refused the store is refused before anything of it has started: what has would go on for as long as the process lives.
        // Grains are loaded from the store until there are none; their silo says that it lives when it does, and stops doing so first.
        lifecycle.Subscribe(nameof(ClusterNode) + ".Open", ServiceLifecycleStage.First, OpenAsync);
        // The same where another cluster has it, which is known when the members have been read: before this silo is one.
        lifecycle.Subscribe(nameof(ClusterNode) + ".ExpectAlone", ServiceLifecycleStage.RuntimeGrainServices + 1, ExpectNoOtherClusterAsync);
        lifecycle.Subscribe(nameof(ClusterNode) + ".Close", ServiceLifecycleStage.RuntimeStorageServices, static _ => Task.CompletedTask, CloseAsync);
        lifecycle.Subscribe(nameof(ClusterNode), ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    /// <summary>Whether there are so few tasks that each has a reminder of its own.</summary>
    public async ValueTask<bool> TasksHaveRemindersAsync()
    {
        if (counted is { } last && TimeProvider.System.GetElapsedTime(last.At) < BetweenCounts) return last.Few;
        var most = settings.TasksWithReminders;
        var few = await Node.Store.CountSleepersAsync(most + 1, stop.Token) <= most;
        counted = new(few, TimeProvider.System.GetTimestamp());
        return few;
    }

    /// <summary>Looks after a bucket from now on.</summary>
    public void Take(WakeBucket bucket) => Residents.Take(bucket);

    /// <summary>Another silo looks after it.</summary>
    public void Drop(WakeBucket bucket) => Residents.Drop(bucket);

    /// <summary>Nodes have come or gone, or say anew what they can run.</summary>
    public void NodesChanged()
    {
        if (!started) return;
        silos.Refresh();
        watch!.PeersChanged();
        Residents.Reconsider();
    }

    async Task OpenAsync(CancellationToken cancellationToken)
    {
        store = await settings.OpenAsync(cancellationToken);
        if (store is SchedulerStore { HasLease: true } shared)
        {
            lease = new(shared, cluster.Value.ClusterId, settings.Address, settings.NodeLimits.LeaseFor, log);
            term = await lease.TakeAsync(cancellationToken);
        }
        node = new(new()
        {
            Id = silos.Own,
            Address = () => settings.Address,
            Store = term is null ? store : ((SchedulerStore)store).Under(term),
            Handlers = handlers,
            Background = new PoolBackground(),
            Random = new SystemRandom(),
            Limits = settings.NodeLimits,
            Logs = logs,
            Router = node => new GrainRouter(node, grains, Residents),
            Peers = node => new Members(node, () => silos.Alive),
        });
    }

    Task ExpectNoOtherClusterAsync(CancellationToken cancellationToken) =>
        settings.LivingSilos is { } living ? new OtherClusters(living, membership, cluster.Value.ClusterId, log).ExpectNoneAsync(cancellationToken) : Task.CompletedTask;

    async Task StartAsync(CancellationToken cancellationToken)
    {
        watch = new(Node, Residents, shares: true);
        silos.Refresh();
        await watch.StartAsync(cancellationToken);
        try
        {
            await ExpectNoOtherClusterAsync(cancellationToken); // one that started at the same moment was not there yet; no run begins before its lease is over
        }
        catch
        {
            await watch.StopAsync();
            throw;
        }
        Volatile.Write(ref started, true);
        // The others have seen the silo before it said what it can run.
        foreach (var other in silos.Alive) await grains.NodeGrain(other).NodesChangedAsync();
        // What waits here for its handler may have been placed by a definition of a moment ago.
        loops = Task.WhenAll(Task.Run(FollowAsync, CancellationToken.None), Task.Run(() => buckets.KeepAsync(stop.Token), CancellationToken.None),
            Task.Run(() => departure.WatchAsync(() => IsConnected, Residents.Reconsider, stop.Token), CancellationToken.None), Task.Run(KeepTermAsync, CancellationToken.None));
    }

    /// <summary>Pages under way come to their end, and what runs goes on elsewhere when Orleans moves the grains, which it does next.</summary>
    async Task StopAsync(CancellationToken cancellationToken)
    {
        await stop.CancelAsync();
        await loops.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (watch is not null) await watch.StopAsync();
    }

    async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (lease is not null && term is { Ended.IsCompleted: false } && silos.IsLast) await lease.ReleaseAsync(term);
        departure.Closed();
        if (settings.OwnsStore && store is IAsyncDisposable owned) await owned.DisposeAsync();
    }

    /// <summary>A server that stood by has taken the database over, since no silo had reached it for longer than the lease: there is nothing left to do here.</summary>
    async Task KeepTermAsync()
    {
        if (term is null) return;
        try
        {
            await term.Ended.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return; // the silo stops
        }
        log.LogError("Node {Node}: no silo reached the database for longer than the cluster's lease of {Lease}, and another scheduler has taken it over: this silo writes nothing more and ends (epoch {Epoch} is over)", silos.Own, term.Lasts, term.Epoch);
        application.StopApplication();
    }

    async Task FollowAsync()
    {
        try
        {
            await silos.FollowAsync(() =>
            {
                watch!.PeersChanged();
                buckets.SilosChanged();
            }, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }
}
