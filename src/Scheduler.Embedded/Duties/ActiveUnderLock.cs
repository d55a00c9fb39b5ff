using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Duties;

/// <summary>
/// The only process on a MySQL database, as long as it has the server's lock. That ends with its connection: what this process ran then may be
/// another's by now, so it runs nothing until it has the lock again.
/// </summary>
/// <param name="only">The lock, which it has.</param>
/// <param name="nodes">Makes a node; a null router: the entities live in it.</param>
/// <param name="log">Where it tells of its turns.</param>
sealed class ActiveUnderLock(MySqlLock only, Func<IRouter?, Node> nodes, ILogger log) : IDuty
{
    /// <summary>How often one without the lock asks for it, and how long each try may take.</summary>
    static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500), AskFor = TimeSpan.FromSeconds(5);

    readonly CancellationTokenSource stop = new();
    Node? standby;
    ActiveNode? active;
    string reason = "";
    Task running = Task.CompletedTask;

    public Node Node => Volatile.Read(ref active)?.Node ?? standby!;

    public HealthCheckResult Health => Volatile.Read(ref active)?.Health ?? HealthCheckResult.Unhealthy(Standing(), data: new Dictionary<string, object> { ["role"] = "standby", ["active"] = "" });

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        standby = nodes(new StandbyRouter(Standing));
        await only.SettleAsync(standby.Id, cancellationToken);
        await BeginAsync(cancellationToken);
        running = Task.Run(RunAsync, CancellationToken.None);
    }

    public async Task StopAsync()
    {
        stop.Cancel();
        await running;
        if (active is not null) await active.StopAsync();
    }

    async Task BeginAsync(CancellationToken cancellationToken)
    {
        var next = new ActiveNode(nodes(null));
        await next.StartAsync(cancellationToken);
        Volatile.Write(ref active, next);
    }

    async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await only.LostAsync(stop.Token);
                stop.Token.ThrowIfCancellationRequested();
                await EndAsync();
                while (!await TryBeginAsync()) await Task.Delay(AskEvery, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    async Task EndAsync()
    {
        var ended = active!;
        reason = "its connection was lost";
        Volatile.Write(ref active, null);
        log.LogError("This process has lost the database's lock with its connection, and another may have it: its runs are cancelled, and it writes nothing more until it has the lock again");
        await ended.GiveUpAsync("the database's lock was lost");
    }

    async Task<bool> TryBeginAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        patience.CancelAfter(AskFor);
        try
        {
            var taken = await only.TryRetakeAsync(patience.Token);
            standby!.Reach.Regain();
            if (!taken)
            {
                reason = "another process has it";
                return false;
            }
            await only.SettleAsync(standby!.Id, stop.Token); // whoever had it meanwhile
            await BeginAsync(stop.Token);
            log.LogWarning("This process has the database's lock again: what is open goes on here");
            return true;
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            reason = failure.Message;
            standby!.Reach.Lose();
            return false;
        }
    }

    string Standing() => $"this process has lost the database's lock and writes nothing until it has it again ({reason}): ask again";
}
