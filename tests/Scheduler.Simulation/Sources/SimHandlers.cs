using Scheduler.Running;

namespace Scheduler.Simulation;

/// <summary>A call of user code that is under way.</summary>
/// <param name="Process">Where.</param>
/// <param name="Entity">Whose run: an execution's id, or task and table.</param>
/// <param name="Token">The run's fencing token.</param>
/// <param name="Run">The run itself: all its calls share it.</param>
/// <param name="Execution">The execution that it is part of.</param>
sealed record Call(Process Process, string Entity, long Token, object Run, string Execution)
{
    /// <summary>It never ends: only its process does.</summary>
    public bool Eternal { get; set; }

    /// <summary>It does not heed its cancellation.</summary>
    public bool Deaf { get; set; }
}

/// <summary>The user's code in one process: it throws, gives up, hangs, is deaf to its cancellation, slow, and fails row by row.</summary>
sealed class SimHandlers(Simulation simulation, Process process, Prng random) : IHandlers
{
    public const string Code = "code", Poll = "poll", Discover = "discover", Database = "found";

    public IReadOnlyDictionary<string, HandlerKind> Known { get; } = new Dictionary<string, HandlerKind> { [Code] = HandlerKind.Code, [Poll] = HandlerKind.Polling, [Discover] = HandlerKind.Discovery };

    public async Task<object?> ExecuteAsync(string handler, TaskContext context, CancellationToken cancellationToken)
    {
        var call = new Call(process, context.ExecutionId, context.FencingToken, new(), context.ExecutionId);
        return await CallAsync(call, () => (object?)(simulation.Faults.Strikes(FaultKind.ResultUnfit) ? new Action(() => { }) : context.FencingToken), cancellationToken);
    }

    public IPollingSource Polling(string handler) => new SimPollingSource(simulation, this, process);

    public async Task<IReadOnlyList<ShardName>> DiscoverAsync(string handler, DiscoveryContext context, CancellationToken cancellationToken)
    {
        await new SimPollingSource(simulation, this, process).AnswerAsync(cancellationToken);
        ShardName[] found = [.. simulation.Sources.Found.Select(table => new ShardName(Database, table))];
        simulation.World.Note(process.Id, "found", context.Task, context.Round, () => string.Join(' ', simulation.Sources.Found));
        simulation.Promises.Discovered(context.Task, context.Round, found);
        return found;
    }

    /// <summary>One call of user code, with whatever goes wrong with it.</summary>
    public async Task<T> CallAsync<T>(Call call, Func<T> end, CancellationToken stop)
    {
        simulation.World.AssertInside();
        if (process.IsDead) return await new TaskCompletionSource<T>().Task;
        simulation.World.Note(process.Id, "runs", call.Entity, call.Token);
        simulation.Calls.Add(call);
        simulation.Promises.CodeBegan(call);
        try
        {
            stop.ThrowIfCancellationRequested();
            if (simulation.Faults.Strikes(FaultKind.HandlerHangs)) await simulation.HealedAsync(stop);
            if (simulation.Faults.Strikes(FaultKind.HandlerDeaf))
            {
                call.Deaf = true;
                call.Eternal = random.Chance(0.2) && process.Node.Slots.Total > 1 && !simulation.Calls.Any(each => each.Process == process && each.Eternal);
                if (call.Eternal) await new TaskCompletionSource().Task;
                await Task.Delay(random.Seconds(0.5, 6), process.Time, CancellationToken.None);
            }
            else await Task.Delay(simulation.Faults.Strikes(FaultKind.HandlerSlow) ? random.Seconds(0.3, 4) : random.Seconds(0.001, 0.05), process.Time, stop);
            if (simulation.Faults.Strikes(FaultKind.HandlerGivesUp)) throw new NonRetryableException("no retry will mend this");
            if (simulation.Faults.Strikes(FaultKind.HandlerThrows)) throw new HandlerFailure("this time it failed");
            return end();
        }
        finally
        {
            simulation.Calls.Remove(call);
            if (!process.IsDead) simulation.World.Note(process.Id, "ran", call.Entity, call.Token);
        }
    }
}

sealed class HandlerFailure(string message) : Exception(message);

/// <summary>One run's way to the user's tables.</summary>
sealed class SimPollingSource(Simulation simulation, SimHandlers handlers, Process process) : IPollingSource
{
    readonly Prng random = simulation.Random.Fork();

    public bool CanReadChanges => true;

    public SimHandlers Handlers => handlers;
    public Process Process => process;

    public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        var table = SourceTables.NameOf(shard.Database, shard.Table);
        var rows = simulation.Sources[table];
        return new(rows.Count == 0 ? null : rows.Values.Last().Key, simulation.World.Now, SourceTables.StepsOf(table));
    }

    public async ValueTask<IPollingPage> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        var table = SourceTables.NameOf(shard.Database, shard.Table);
        if (pass.Before is { } before) return new SimPage(simulation, this, table, [.. ChangedAfter(table, after, pass.From).Where(row => row.Time < before).OrderBy(row => row.Time).ThenBy(row => row.Number).Take(limit)], changes: true);
        if (pass.HighestKey is not { } highest) return new SimPage(simulation, this, table, []);
        var (from, to) = (after.Key is { } key ? SourceTables.Number(table, key) : -1, SourceTables.Number(table, highest));
        return new SimPage(simulation, this, table, [.. simulation.Sources[table].Values.Where(row => row.Number > from && row.Number <= to).Take(limit)]);
    }

    IEnumerable<SourceRow> ChangedAfter(string table, Cursor after, DateTimeOffset? from)
    {
        if (after is not { Time: { } time, Key: { } key }) return simulation.Sources[table].Values.Where(row => from is null || row.Time >= from);
        var at = (new DateTimeOffset(long.Parse(time, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero), SourceTables.Number(table, key));
        return simulation.Sources[table].Values.Where(row => (row.Time, row.Number).CompareTo(at) > 0);
    }

    /// <summary>The source answers, or does whatever goes wrong with it.</summary>
    public async Task AnswerAsync(CancellationToken stop)
    {
        simulation.World.AssertInside();
        if (Process.IsDead) await new TaskCompletionSource().Task;
        stop.ThrowIfCancellationRequested();
        if (simulation.Faults.Strikes(FaultKind.QueryHangs)) await simulation.HealedAsync(stop);
        await Task.Delay(simulation.Faults.Strikes(FaultKind.QuerySlow) ? random.Seconds(0.2, 3) : random.Seconds(0.0005, 0.01), Process.Time, stop);
        if (simulation.Faults.Strikes(FaultKind.QueryFails)) throw new HandlerFailure("the source's connection is broken");
    }
}

/// <summary>A page of rows.</summary>
sealed class SimPage(Simulation simulation, SimPollingSource source, string table, SourceRow[] rows, bool changes = false) : IPollingPage
{
    public int Count => rows.Length;

    public Cursor CursorOf(int index) => changes ? Cursor.At(rows[index].Time.UtcTicks, rows[index].Key) : Cursor.At(rows[index].Key);

    public async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(ReadOnlyMemory<int> indexes, PageRun run, CancellationToken cancellationToken)
    {
        if (Users.Replays) return await ReplayAsync(rows[indexes.Span[0]], cancellationToken);
        var call = new Call(source.Process, Simulation.EntityOf(simulation.TaskOf(run.ExecutionId), table), run.FencingToken, source, run.ExecutionId);
        return await source.Handlers.CallAsync(call, End, cancellationToken);

        IReadOnlyList<RowFailure> End()
        {
            List<RowFailure> failed = [];
            for (var i = 0; i < indexes.Length; i++)
            {
                var row = rows[indexes.Span[i]];
                if (row.IsPoison && row.Number % 3 == 0) throw new HandlerFailure("one of the rows would not do, and nobody knows which");
                if (row.IsPoison || simulation.Faults.Strikes(FaultKind.RowsFail)) failed.Add(new(i, "this row would not do"));
                else simulation.Promises.Processed(run.ExecutionId, run.Round, table, row);
            }
            return failed;
        }
    }

    /// <summary>Somebody has it processed out of its turn: that is no part of a run, and what was wrong with it may have been mended.</summary>
    async Task<IReadOnlyList<RowFailure>> ReplayAsync(SourceRow row, CancellationToken stop)
    {
        await source.AnswerAsync(stop);
        if (row.Number % 2 == 0 && row.IsPoison) return [new(0, "this row still would not do")];
        simulation.Promises.Replayed(table, row);
        return RowFailure.None;
    }
}
