using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Duties;

/// <summary>
/// One of several processes on one database: active while it has the lease, else on standby, with a node that reads and runs nothing.
/// </summary>
/// <param name="store">The database.</param>
/// <param name="lease">Who is active.</param>
/// <param name="nodes">Makes a node over a store; a null router: the entities live in it.</param>
/// <param name="log">Where it tells of its turns.</param>
sealed class ActiveOrStandby(SchedulerStore store, Lease lease, Func<IStore, IRouter?, Node> nodes, ILogger log) : IDuty
{
    /// <summary>How often one on standby looks after the lease.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a look may take: a connection may hang. The first is waited for longer: a process that starts has nothing else to do, and whoever is alone is to be active then.</summary>
    static readonly TimeSpan LookFor = TimeSpan.FromSeconds(2), FirstLookFor = TimeSpan.FromSeconds(30);

    /// <summary>How long giving the lease back may take, where it lasts no shorter: whoever stands by would wait for its end.</summary>
    static readonly TimeSpan ReleaseFor = TimeSpan.FromSeconds(10);

    sealed record Turn(Term Term, ActiveNode Active);

    readonly CancellationTokenSource stop = new();
    Node? standby;
    Turn? turn;
    LeaseState? seen;
    DateTimeOffset startedAt;
    long? beaten; // when this server last said that it stands by
    string? outOfReach;
    Task running = Task.CompletedTask;

    public Node Node => Volatile.Read(ref turn)?.Active.Node ?? standby!;

    public HealthCheckResult Health => Volatile.Read(ref turn)?.Active.Health ?? HealthCheckResult.Unhealthy(Standing(), data: new Dictionary<string, object>
    {
        ["role"] = "standby",
        ["active"] = seen is { IsFree: false } active ? active.Address : "",
    });

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        standby = nodes(store, new StandbyRouter(Standing));
        startedAt = standby.Limits.Time.GetUtcNow();
        await TryBeginAsync(FirstLookFor, cancellationToken); // so that who is alone is active as soon as it has started
        running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Ends, and gives the lease back: another is active at once.</summary>
    public async Task StopAsync()
    {
        stop.Cancel();
        await running;
        if (turn is not { } last) return;
        await last.Active.StopAsync();
        await ReleaseAsync(last.Term);
    }

    async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (turn is null) await TryBeginAsync(LookFor, stop.Token);
                if (turn is null) await Task.Delay(LookEvery, stop.Token);
                else await turn.Term.Ended.WaitAsync(stop.Token);
                if (turn is { Term.Ended.IsCompleted: true } ended) await EndAsync(ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    async Task TryBeginAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        either.CancelAfter(within);
        Term? term = null;
        try
        {
            Saw(await lease.LookAsync(either.Token).WaitAsync(either.Token));
            if (!seen!.IsFree)
            {
                await StandByAsync(either.Token);
                return;
            }
            var before = seen;
            term = await lease.TryTakeAsync(either.Token).WaitAsync(either.Token);
            if (term is null) return;

            var active = new ActiveNode(nodes(store.Under(term), null));
            await active.StartAsync(either.Token);
            Volatile.Write(ref turn, new(term, active));
            if (before.Epoch == 0 || before.Left < -TimeSpan.FromDays(1)) log.LogInformation("This server is active (epoch {Epoch})", term.Epoch);
            else log.LogWarning("This server is active (epoch {Epoch}): {Holder} let its lease run out {Late:0.0} s ago, what it ran goes on here", term.Epoch, before.Holder, -before.Left.TotalSeconds);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            if (outOfReach is null) log.LogWarning("This server stands by and cannot reach the database: reads fail, and it cannot take over, until it can ({Reason})", failure.Message);
            outOfReach = failure.Message;
            standby!.Reach.Lose();
            if (term is not null) await ReleaseAsync(term);
        }
    }

    /// <summary>Says that it is there, as active nodes do; the answer tells the database's time.</summary>
    async Task StandByAsync(CancellationToken cancellationToken)
    {
        var (time, asked) = (standby!.Limits.Time, standby.Limits.Time.GetTimestamp());
        if (beaten is { } last && time.GetElapsedTime(last, asked) < standby.Limits.BeatEvery) return;
        standby.Clock.Correct(await store.BeatAsync(standby.Beat(startedAt) with { Address = lease.Address, StandsBy = true }, cancellationToken), asked);
        beaten = asked;
    }

    /// <summary>Another has the lease: this process was paused or cut off for longer than it lasts, and everything that it ran is that one's.</summary>
    async Task EndAsync(Turn ended)
    {
        Volatile.Write(ref turn, null);
        beaten = null;
        log.LogError("This server was paused or cut off for longer than its lease of {Lease}, and another is active: its runs are cancelled and go on there, it writes nothing more and stands by (epoch {Epoch} is over)", ended.Term.Lasts, ended.Term.Epoch);
        await ended.Active.GiveUpAsync("another server is active");
    }

    async Task ReleaseAsync(Term term)
    {
        if (term.Ended.IsCompleted) return;
        try
        {
            using var patience = new CancellationTokenSource(term.Lasts < ReleaseFor ? term.Lasts : ReleaseFor);
            await lease.ReleaseAsync(term, patience.Token).WaitAsync(patience.Token);
        }
        catch (Exception failure)
        {
            log.LogWarning("The lease could not be given back; another server is active when it runs out, within {Lease}: {Reason}", term.Lasts, failure.Message);
        }
    }

    void Saw(LeaseState state)
    {
        if (!state.IsFree && (state.Epoch != seen?.Epoch || outOfReach is not null))
            log.LogInformation("This server stands by: {Holder} at {Address} is active (epoch {Epoch}); reads are served, and it takes over when that one ends", state.Holder, state.Address, state.Epoch);
        (seen, outOfReach) = (state, null);
        standby!.Reach.Regain();
    }

    string Standing() => outOfReach is { } reason ? $"this server stands by and cannot reach the database: {reason}"
        : seen is { IsFree: false } active ? $"this server stands by and writes nothing: {active.Address} is active, ask there"
        : "this server stands by and no other is active: one is within seconds, ask again";
}
