using Scheduler.Server.Demo.Screens;

namespace Scheduler.Server.Demo;

/// <summary>The demo from beginning to end: the databases, the round, the proof. It goes on wherever an earlier process was stopped or killed.</summary>
sealed class DemoRun(DemoDirectory directory, DemoOptions options, Screen screen)
{
    const string TaskName = "orders-full", HandlerName = "orders";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var made = directory.Shape;
        var shape = options.ShapeBeside(made);
        if (options.Fresh) directory.Forget();
        if (made is null)
        {
            screen.Say($"Making {shape} = {Words.Count(shape.TotalRows)} rows in {directory.Root}.");
            await screen.CreationAsync(shape, written => Sources.CreateAsync(directory, shape, written, cancellationToken));
        }

        var (execution, wentOn) = await RoundAsync(shape, cancellationToken);
        screen.Say("Holding the ledger against the tables.");
        var proof = await Task.Run(() => Proof.Of(directory, shape, cancellationToken), cancellationToken);
        screen.Result(new(proof, (execution.EndedAt ?? execution.ScheduledAt) - (execution.StartedAt ?? execution.ScheduledAt)));
        if (wentOn) screen.Say("The time counts from the round's first start, whatever lay between.");
        return Judge(execution, proof);
    }

    /// <summary>Runs the round to its end, whoever began it.</summary>
    async Task<(ExecutionView Execution, bool WentOn)> RoundAsync(DemoShape shape, CancellationToken cancellationToken)
    {
        using var ledger = new Ledger(directory.Ledger);
        using var host = DemoHost.Build(directory, services => services.AddPolling(HandlerName, new OrderHandler(directory, ledger, options.Work)));
        await host.StartAsync(cancellationToken);
        try
        {
            var client = host.Services.GetRequiredService<ISchedulerClient>();
            var known = await FindAsync(client, cancellationToken);
            if (known is { Status: ExecutionStatus.Succeeded })
            {
                screen.Say($"The round ended on {known.EndedAt:yyyy-MM-dd HH:mm:ss} UTC. --fresh runs another one.");
                return (known, false);
            }
            if (known is not null) screen.Say($"Going on with the round that began on {known.StartedAt ?? known.ScheduledAt:yyyy-MM-dd HH:mm:ss} UTC.");
            else screen.Say($"One full round over {Words.Count(shape.Shards)} shards. Stop it with Ctrl-C or kill -9 and start it again: it goes on.");

            var id = known?.Id ?? await BeginAsync(client, shape, cancellationToken);
            var watch = new RoundWatch(client, TaskName, shape);
            return (await screen.RoundAsync(show => watch.FollowAsync(id, show, cancellationToken)), known is not null);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None); // bounded by the host's own patience
        }
    }

    static async Task<ExecutionView?> FindAsync(ISchedulerClient client, CancellationToken cancellationToken) =>
        (await client.ListExecutionsAsync(new() { Task = TaskName, Limit = 1 }, cancellationToken)).Items.FirstOrDefault();

    static async Task<string> BeginAsync(ISchedulerClient client, DemoShape shape, CancellationToken cancellationToken)
    {
        // An earlier process may have been killed between the two calls.
        if ((await client.ListTasksAsync(new() { Search = TaskName }, cancellationToken)).Items.Count == 0) await client.CreateTaskAsync(new()
        {
            Name = TaskName,
            Description = "One full round over the demo's order tables.",
            Handler = new() { Polling = new() { Handler = HandlerName, Shards = shape.Patterns, PageSize = 100, ThreadCount = 2 } },
        }, cancellationToken);
        return (await client.TriggerTaskAsync(TaskName, new() { By = "demo", IdempotencyKey = "round-1" }, cancellationToken)).ExecutionId;
    }

    int Judge(ExecutionView execution, Proof proof)
    {
        if (execution.Status != ExecutionStatus.Succeeded) screen.Say($"The round ended as {execution.Status}: {execution.Error ?? "no reason was given"}. --fresh runs another one.");
        if (proof.Unknown > 0) screen.Say($"The ledger holds {Words.Count(proof.Unknown)} rows that no table holds.");
        return execution.Status == ExecutionStatus.Succeeded && proof.Holds ? ExitCode.Ok : ExitCode.Failed;
    }
}
