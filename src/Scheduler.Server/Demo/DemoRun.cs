using Scheduler.Server.Demo.Screens;

namespace Scheduler.Server.Demo;

/// <summary>The demo from beginning to end: the databases, the round, the proof. It goes on wherever an earlier process was stopped or killed.</summary>
sealed class DemoRun(DemoDirectory directory, DemoOptions options, Screen screen)
{
    const string TaskName = "orders-full", HandlerName = "orders";

    /// <summary>How long a changed row rests before it is seen.</summary>
    static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

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

        if (options.Incremental is not null && !directory.ReadsChanges) await Task.Run(() => Writer.Prepare(directory, shape, cancellationToken), cancellationToken);

        var (execution, wentOn, changes) = await RoundAsync(shape, cancellationToken);
        screen.Say("Holding the ledger against the tables.");
        var proof = await Task.Run(() => Proof.Of(directory, shape, cancellationToken), cancellationToken);
        screen.Result(new(proof, (execution.EndedAt ?? execution.ScheduledAt) - (execution.StartedAt ?? execution.ScheduledAt), changes));
        if (wentOn) screen.Say("The time counts from the round's first start, whatever lay between.");
        return Judge(execution, proof);
    }

    /// <summary>Runs the round to its end, whoever began it; then the rounds over changes, where they are asked for.</summary>
    async Task<(ExecutionView Execution, bool WentOn, ChangesPicture? Changes)> RoundAsync(DemoShape shape, CancellationToken cancellationToken)
    {
        using var ledger = new Ledger(directory.Ledger);
        using var host = DemoHost.Build(directory, services => services.AddPolling(HandlerName, new OrderHandler(directory, ledger, options.Work, directory.ReadsChanges)));
        await host.StartAsync(cancellationToken);
        try
        {
            var client = host.Services.GetRequiredService<ISchedulerClient>();
            var (execution, wentOn) = await FullAsync(client, shape, cancellationToken);
            if (options.Incremental is not { } duration || execution.Status != ExecutionStatus.Succeeded) return (execution, wentOn, null);

            screen.Say($"Rounds over what changes, {Words.Span(Lag)} behind the sources' clocks, while a writer is at work for {Words.Span(duration)}.");
            var run = new ChangesRun(client, TaskName, new Writer(directory, shape), Lag);
            return (execution, wentOn, await screen.ChangesAsync(show => run.RunAsync(duration, show, cancellationToken)));
        }
        finally
        {
            await host.StopAsync(CancellationToken.None); // bounded by the host's own patience
        }
    }

    async Task<(ExecutionView Execution, bool WentOn)> FullAsync(ISchedulerClient client, DemoShape shape, CancellationToken cancellationToken)
    {
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

    PollingMode Mode => options.Incremental is null ? PollingMode.Full : PollingMode.FullThenIncremental;

    /// <summary>The full round, as far as an earlier process began it; null: none did.</summary>
    /// <exception cref="DemoException">It was begun as a round that hands nothing over to rounds over changes.</exception>
    async Task<ExecutionView?> FindAsync(ISchedulerClient client, CancellationToken cancellationToken)
    {
        if ((await client.ListExecutionsAsync(new() { Task = TaskName, Limit = 1 }, cancellationToken)).Items is []) return null;
        var polling = (await client.GetTaskAsync(TaskName, cancellationToken)).Definition.Handler.Polling!;
        if (options.Incremental is not null && polling.Mode != PollingMode.FullThenIncremental)
            throw new DemoException("--incremental: expected a full round that was begun with it, since only such a one hands over to rounds over changes; found one without. --fresh runs another one.");
        return await client.GetExecutionAsync((await TriggerAsync(client, cancellationToken)).ExecutionId, cancellationToken);
    }

    async Task<string> BeginAsync(ISchedulerClient client, DemoShape shape, CancellationToken cancellationToken)
    {
        // An earlier process may have been killed between the two calls.
        if ((await client.ListTasksAsync(new() { Search = TaskName }, cancellationToken)).Items.Count == 0) await client.CreateTaskAsync(new()
        {
            Name = TaskName,
            Description = "One full round over the demo's order tables.",
            Handler = new() { Polling = new() { Handler = HandlerName, Mode = Mode, Lag = Lag, Shards = shape.Patterns, PageSize = 100, ThreadCount = 2 } },
        }, cancellationToken);
        return (await TriggerAsync(client, cancellationToken)).ExecutionId;
    }

    /// <summary>The key stands for the full round, however often it is asked for.</summary>
    static Task<TriggerResult> TriggerAsync(ISchedulerClient client, CancellationToken cancellationToken) =>
        client.TriggerTaskAsync(TaskName, new() { By = "demo", IdempotencyKey = "round-1" }, cancellationToken);

    int Judge(ExecutionView execution, Proof proof)
    {
        if (execution.Status != ExecutionStatus.Succeeded) screen.Say($"The round ended as {execution.Status}: {execution.Error ?? "no reason was given"}. --fresh runs another one.");
        if (proof.Unknown > 0) screen.Say($"The ledger holds {Words.Count(proof.Unknown)} rows that no table holds.");
        return execution.Status == ExecutionStatus.Succeeded && proof.Holds ? ExitCode.Ok : ExitCode.Failed;
    }
}
