using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>What a promise looks like when it is broken.</summary>
/// <param name="Promise">Which.</param>
/// <param name="Key">Whose.</param>
/// <param name="How">What was expected, and what came instead.</param>
/// <param name="At">Virtual time since the beginning.</param>
sealed record Broken(string Promise, string Key, string How, TimeSpan At);

/// <summary>
/// One seed's world: some nodes, a store, users and their tables. First everything that goes wrong, and safety after every step; then the
/// faults stop, and everything must come to its end.
/// </summary>
sealed class Simulation
{
    readonly Users users;
    readonly SortedSet<int> freeNumbers = [];
    readonly List<Process> living = [];
    readonly TaskCompletionSource healed = new(); // goes on at once: what waits for it with a token would leave the thread else
    readonly int nodes;
    const long MostSteps = 300_000;
    int lives;
    Action? backup;

    public Simulation(ulong seed, Mutant? mutant = null, CoverageMap? coverage = null, bool keepTrace = false, IReadOnlySet<FaultKind>? without = null)
    {
        (Seed, Mutant, Coverage) = (seed, mutant ?? Mutant.None, coverage ?? new());
        Random = new(seed);
        Trace = new(keepTrace);
        World = new(Random.Fork(), Trace);
        Faults = new(Random.Fork(), without);
        Promises = new(this);
        Store = new(() => World.Now) { Watcher = new Recorder(this) };
        nodes = Random.From(1, 4);
        // Where there is but one process, nobody can take its runs over, and it keeps them however long the store is away.
        Limits = DrawLimits(Random.Fork(), leased: nodes > 1 || Random.Chance(0.5));
        Network = new(this);
        Sources = new(this);
        users = new(this);
    }

    public ulong Seed { get; }
    public Mutant Mutant { get; }
    public CoverageMap Coverage { get; }
    public Prng Random { get; }
    public Trace Trace { get; }
    public World World { get; }
    public FaultPlan Faults { get; }
    public Promises Promises { get; }
    public FakeStore Store { get; }
    public NodeLimits Limits { get; }
    public Network Network { get; }
    public SourceTables Sources { get; }

    /// <summary>The first promise that was broken.</summary>
    public Broken? Broken { get; private set; }

    /// <summary>Calls of user code that are under way.</summary>
    public List<Call> Calls { get; } = [];

    /// <summary>Grows when the store is put back to a backup: what was on its way before never arrives.</summary>
    public int Epoch { get; private set; }

    public bool StoreIsDown { get; private set; }

    /// <summary>Crashes so far.</summary>
    public long Crashes { get; private set; }

    /// <summary>Changes of views so far.</summary>
    public long Changes { get; set; }

    /// <summary>Rows that were processed again in a round.</summary>
    public long Repeated { get; set; }

    public int MostPageSize => 5;

    /// <summary>How far clocks and timers may be off over a lease.</summary>
    public TimeSpan ClockTolerance => TimeSpan.FromMilliseconds(100);

    readonly HashSet<long> everTasks = [];
    readonly Dictionary<string, long> taskOf = new(StringComparer.Ordinal);

    /// <summary>The task that an execution belongs to, or belonged to.</summary>
    public long TaskOf(string execution) => taskOf.GetValueOrDefault(execution);

    /// <summary>The token that the store has for the entity of a call.</summary>
    public bool TokenOf(string entity, out long token)
    {
        if (Store.Executions.TryGetValue(new(entity), out var execution))
        {
            token = execution.State.FencingToken;
            return true;
        }
        foreach (var shard in Store.Shards.Values)
        {
            if (EntityOf(shard.State.Key.TaskId, SourceTables.NameOf(shard.State.Database, shard.State.Table)) != entity) continue;
            token = shard.State.FencingToken;
            return true;
        }
        token = 0;
        return false;
    }

    public static string EntityOf(long task, string table) => $"{task}/{table}";

    /// <summary>Executions that wait for user code that never ends.</summary>
    public string[] Endless => [.. Calls.Where(call => call.Eternal).Select(call => call.Execution).Distinct().Where(id => Store.Executions.TryGetValue(new(id), out var execution) && !execution.State.HasEnded)];

    public void Break(string promise, string key, string how)
    {
        if (Broken is not null) return;
        Broken = new(promise, key, how, World.Elapsed);
        World.Note("", "BROKEN", key, 0, () => $"{promise}: {how}");
    }

    /// <summary>Ends when the faults have stopped.</summary>
    public Task HealedAsync(CancellationToken stop) => healed.Task.WaitAsync(stop);

    /// <summary>Runs the seed to its end.</summary>
    public void Run()
    {
        var before = SynchronizationContext.Current;
        try
        {
            for (var node = 0; node < nodes; node++)
            {
                freeNumbers.Add(node);
                Begin();
            }
            Until(() => Network.Members.Length == nodes && Network.Members.All(each => each.View.Length == nodes), TimeSpan.FromSeconds(20), "every node to know of every other");
            Faults.Active = true;
            users.Begin();
            World.Outside.Post(Tick);
            var chaos = World.Elapsed + Random.Seconds(10, 60);
            Until(() => World.Elapsed >= chaos, TimeSpan.FromMinutes(2), "time to pass");
            Heal();
            Until(() => Network.Late == 0 && !living.Exists(each => each.Lane.Paused), TimeSpan.FromSeconds(70), "what comes late to come");
            var settled = World.Elapsed + TimeSpan.FromSeconds(6); // users' questions that were under way end
            Until(() => World.Elapsed >= settled, TimeSpan.FromSeconds(20), "time to pass");
            users.Expect();
            Until(() => users.AreServed, TimeSpan.FromSeconds(60), "a healed system to do what users ask for");
            Until(AllHasEnded, TimeSpan.FromSeconds(150), "everything to end that can");
            Rest();
            Promises.Ended();
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            Break("NothingIsDefect", "", defect.ToString());
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    void Until(Func<bool> done, TimeSpan within, string what)
    {
        var deadline = World.Elapsed + within;
        while (Broken is null && !done())
        {
            if (!World.Step()) Break("EverythingEnds", "", $"expected {what}, nothing will ever happen again");
            Promises.Stepped();
            if (World.Steps > MostSteps) Break("EverythingEnds", "", $"expected {what}, after {MostSteps} steps it has not come");
            if (World.Defected is { } defect) Break("NothingIsDefect", "", defect);
            if (World.Elapsed > deadline) Break("EverythingEnds", Stuck(), $"expected {what} within {within}, it did not come: {Outstanding()}");
        }
    }

    /// <summary>Nothing is to be done: messages and transactions must become few.</summary>
    void Rest()
    {
        if (Broken is not null) return;
        var quiet = World.Elapsed + TimeSpan.FromSeconds(3);
        Until(() => World.Elapsed >= quiet, TimeSpan.FromSeconds(10), "time to pass");
        var (messages, wakes, from) = (Network.Messages, Network.Wakes, World.Elapsed);
        var end = from + TimeSpan.FromSeconds(10);
        Until(() => World.Elapsed >= end, TimeSpan.FromSeconds(20), "time to pass");
        if (Broken is null && Network.Messages - messages > 0) Break("NothingChatters", "", $"expected no messages while nothing is to be done, got {Network.Messages - messages} in ten seconds");
        // What the last of them woke goes to rest.
        var calm = World.Elapsed + TimeSpan.FromSeconds(2);
        Until(() => World.Elapsed >= calm || Network.Members.All(each => each.Local.Resident is { Executions: 0, Shards: 0, Tasks: var tasks } && tasks <= Limits.Resting), TimeSpan.FromSeconds(10), "time to pass");
        // A node wakes each entity at most once for what it was once to be woken for.
        var most = Network.Members.Length * (taskOf.Count + everTasks.Count);
        if (Broken is null && Network.Wakes - wakes > most) Break("NothingChatters", "", $"expected at most {most} wakes while nothing is to be done, got {Network.Wakes - wakes} in ten seconds");
    }

    bool AllHasEnded() => Network.Late == 0 && Store.Executions.Values.All(each => each.State.HasEnded) && Store.Tasks.Values.All(each => each.State.Open.IsEmpty) && Calls.All(call => call.Process.IsDead || call.Eternal)
        && Network.Members.All(member => member.Node.Runs == Calls.Count(call => call.Process == member && call.Eternal));

    string Stuck() => Store.Executions.Values.FirstOrDefault(each => !each.State.HasEnded)?.State.Id.Value ?? Store.Tasks.Values.FirstOrDefault(each => !each.State.Open.IsEmpty)?.State.Definition.Name ?? "";

    string Outstanding() => string.Join("; ", [
        .. Network.Late > 0 ? [$"{Network.Late} messages are late"] : Array.Empty<string>(),
        .. Store.Executions.Values.Where(each => !each.State.HasEnded).Select(each => $"execution {each.State.Id} ({each.State.Seed.TaskName} #{each.State.Seed.Sequence}) is {each.State.Status} {each.State.Stopping} wakes {each.State.WakeAt - World.Origin}"),
        .. Store.Tasks.Values.Where(each => !each.State.Open.IsEmpty).Select(each => $"task {each.State.Definition.Name} ({each.State.Status}) waits for {string.Join(',', each.State.Open.Select(open => $"{open.Seed.Id} go={open.Go} ask {open.AskAt - World.Origin}"))}"),
        .. Store.Shards.Values.Where(each => each.State.Status == ShardStatus.Running).Select(each => $"shard {each.State.Table} runs round {each.State.Round} at {each.State.Cursor} on {each.State.Node}"),
        .. Network.Members.Where(each => each.Node.Runs > 0).Select(each => $"{each} has {each.Node.Runs} runs"),
        .. Calls.Where(call => !call.Process.IsDead).Select(call => $"user code of {call.Entity} runs on {call.Process}")]);

    void Begin()
    {
        if (freeNumbers.Count == 0) return;
        var number = freeNumbers.Min;
        freeNumbers.Remove(number);
        var process = new Process(this, $"n{number}.{++lives}");
        living.Add(process);
        World.Note(process.Id, "begins", "");
        process.Lane.Start(async () =>
        {
            try
            {
                process.View = [process];
                await process.Watch.StartAsync(CancellationToken.None);
                Network.Join(process);
            }
            catch (StoreFailure)
            {
                World.Note(process.Id, "startFailed", "");
                End(process, known: true);
            }
        });
    }

    /// <summary>The process is gone, in the middle of whatever it did; another takes its place after a while.</summary>
    public void Crash(Process process, FaultKind how)
    {
        if (process.IsDead) return;
        World.Note(process.Id, how.ToString(), "");
        Crashes++;
        End(process, known: Random.Chance(0.5));
    }

    void End(Process process, bool known)
    {
        if (process.IsDead) return;
        process.Lane.Die();
        living.Remove(process);
        Calls.RemoveAll(call => call.Process == process);
        Network.Leave(process, known);
        var number = int.Parse(process.Id.AsSpan(1, process.Id.IndexOf('.') - 1));
        freeNumbers.Add(number);
        World.After(Random.Seconds(0.2, 4), Begin);
    }

    /// <summary>A second passes: what goes wrong by the clock.</summary>
    void Tick()
    {
        if (!Faults.Active) return;
        World.After(TimeSpan.FromSeconds(1), Tick);
        Sources.Tick();
        if (Faults.Strikes(FaultKind.Rollback)) RollBack();
        else if (backup is null || Random.Chance(0.1)) backup = BackUp();
        if (!StoreIsDown && Faults.Strikes(FaultKind.StoreDown))
        {
            StoreIsDown = true;
            World.Note("", "storeDown", "");
            World.After(Random.Seconds(0.5, 8), () => StoreIsDown = false);
        }
        if (Limits.LeaseFor != TimeSpan.MaxValue && Faults.Strikes(FaultKind.NodeJoins) && Network.Members.Length < 5)
        {
            freeNumbers.Add(nodes + lives);
            Begin();
        }
        if (Network.Members.IsEmpty) return;
        var victim = Random.Pick(Network.Members);
        if (Faults.Strikes(FaultKind.Crash)) Crash(victim, FaultKind.Crash);
        else if (Faults.Strikes(FaultKind.NodePaused)) Pause(victim, Random.Seconds(0.1, 9));
        else if (Faults.Strikes(FaultKind.NodeCutOff)) CutOff(victim, Random.Seconds(0.5, 9));
        else if (Faults.Strikes(FaultKind.NodeStopped)) Stop(victim);
        if (Faults.Strikes(FaultKind.ClockSteps)) victim.Time.WallOffset += Random.Seconds(-100, 100);
    }

    void Pause(Process process, TimeSpan wait)
    {
        if (process.Lane.Paused) return;
        World.Note(process.Id, "pauses", "");
        process.Lane.Pause();
        Missing(process, wait);
        World.After(wait, () =>
        {
            if (process.IsDead) return;
            World.Note(process.Id, "goesOn", "");
            process.ResumedAt = World.Elapsed;
            process.Lane.Resume();
        });
    }

    void CutOff(Process process, TimeSpan wait)
    {
        if (process.IsCut) return;
        World.Note(process.Id, "isCut", "");
        process.IsCut = true;
        Missing(process, wait);
        World.After(wait, () => process.IsCut = false);
    }

    /// <summary>Who says nothing for longer than its lease is taken for dead by the others, until it is heard again.</summary>
    void Missing(Process process, TimeSpan wait)
    {
        if (Limits.LeaseFor == TimeSpan.MaxValue) return;
        var lease = Limits.LeaseFor + Limits.BeatEvery + TimeSpan.FromSeconds(1);
        if (wait < lease) return;
        World.After(lease, () =>
        {
            if (process.IsDead) return;
            Network.Leave(process, known: true);
            World.After(wait - lease + Random.Seconds(0, 2), () =>
            {
                if (!process.IsDead && !Network.Members.Contains(process)) Network.Join(process);
            });
        });
    }

    /// <summary>An orderly stop.</summary>
    void Stop(Process process) => process.Lane.Start(async () =>
    {
        if (process.Node.Stopping) return;
        World.Note(process.Id, "stops", "");
        await process.Watch.StopAsync();
        if (!process.IsDead) Promises.Stopped(process);
        End(process, known: true);
    });

    Action BackUp()
    {
        var restore = Store.Backup();
        return restore;
    }

    /// <summary>The store is put back to its backup, which an operator does while no process runs.</summary>
    void RollBack()
    {
        if (backup is null) return;
        World.Note("", "rollsBack", "");
        foreach (var process in living.ToArray()) End(process, known: true); // those that nobody takes for alive too
        Epoch++;
        backup();
        Promises.RolledBack();
    }

    void Heal()
    {
        if (Broken is not null) return;
        World.Note("", "heals", "");
        Faults.Active = false;
        StoreIsDown = false;
        Sources.Heal();
        foreach (var process in living) process.IsCut = false;
        World.Outside.Post(() => healed.TrySetResult());
    }

    static NodeLimits DrawLimits(Prng random, bool leased)
    {
        var wordLifetime = random.Seconds(5, 12);
        return new()
        {
            Time = TimeProvider.System, // each process has its own
            Slots = random.From(1, 4),
            CommitBatch = random.Pick([1, 4, 64]),
            CommitLanes = random.From(1, 2),
            UndurablePages = random.From(2, 16),
            PagesPerTurn = random.From(1, 4),
            TurnAtMost = random.Seconds(0, 0.2),
            UndurableRuns = random.From(1, 6),
            ReadTogether = random.From(1, 3),
            CommitPatience = random.Seconds(0.6, 3),
            MailboxCapacity = random.Pick([30, 1000]),
            FlushAfter = random.Seconds(0.05, 1),
            Resting = random.Pick([0, 1, 100]),
            SweepWindow = random.Seconds(1, 3),
            ReadBatch = random.Pick([2, 3, 50]),
            BeatEvery = TimeSpan.FromSeconds(0.5),
            LeaseFor = leased ? TimeSpan.FromSeconds(2) : TimeSpan.MaxValue,
            Armed = random.Pick([1, 4, 1000]),
            Retention = random.Seconds(20, 60),
            PurgeEvery = random.Seconds(1, 5),
            CalendarsEvery = random.Seconds(1, 3),
            PlacesEvery = random.Seconds(0.5, 1.5),
            StopPatience = random.Seconds(0.5, 3),
            RollUpAfter = TimeSpan.FromSeconds(20),
            Logs = new() { Batch = random.Pick([1, 3, 50]), FlushAfter = random.Seconds(0.05, 1), BufferBytes = random.Pick([3_000, 1_000_000]), LookEvery = TimeSpan.FromSeconds(0.3), TablesEvery = random.Seconds(2, 8) },
            Tasks = new() { WordLifetime = wordLifetime, OpenExecutions = random.From(2, 6), CatchUp = random.From(1, 4), MisfireThreshold = random.Seconds(0.5, 4), AskAfter = random.Seconds(0.3, 2), AskAtMost = random.Seconds(2, 10), FireAhead = TimeSpan.FromMilliseconds(random.Pick([0, 10, 100])) },
            Executions = new() { WordLifetime = wordLifetime, StopGrace = random.Seconds(0.3, 2), SuperviseEvery = random.Seconds(0.5, 4), LostRuns = random.From(2, 4), AskTenantEvery = random.Seconds(0.5, 3) },
            Tenants = new() { Waiting = random.From(1, 20), Overtake = random.From(1, 4), AskAfter = random.Seconds(0.1, 1) },
        };
    }

    /// <summary>Takes every change of the store down, and shows it to the promises.</summary>
    sealed class Recorder(Simulation simulation) : IStoreWatcher
    {
        public void Written(Stored<TaskState>? old, Stored<TaskState> next)
        {
            simulation.everTasks.Add(next.State.Id);
            simulation.World.Note("", "task", next.State.Definition.Name, next.Version, () => $"{next.State.Id} v{next.Version} {next.State.Status} #{next.State.Sequence} open {string.Join(',', next.State.Open.Select(open => $"{open.Seed.Id}{(open.Go ? "" : "(waits)")}"))} next {next.State.NextAt - World.Origin}");
            simulation.Promises.Written(old, next);
        }

        public void Written(Stored<ExecutionState>? old, Stored<ExecutionState> next)
        {
            simulation.taskOf[next.State.Id.Value] = next.State.Seed.TaskId;
            simulation.World.Note("", "execution", next.State.Id.Value, next.Version, () => $"v{next.Version} {next.State.Seed.TaskName} #{next.State.Seed.Sequence} {next.State.Status} {next.State.Stopping} attempt {next.State.Attempt} token {next.State.FencingToken} {next.State.Error}");
            simulation.Promises.Written(old, next);
        }

        public void Written(Stored<ShardState>? old, Stored<ShardState> next)
        {
            simulation.World.Note("", "shard", SourceTables.NameOf(next.State.Database, next.State.Table), next.Version, () => $"{next.State.Key} v{next.Version} {next.State.Status} round {next.State.Round} token {next.State.FencingToken} at {next.State.Cursor} pages {next.State.Pages} attempt {next.State.Attempt} on {next.State.Node} {next.State.Error}");
            simulation.Promises.Written(old, next);
        }

        public void Written(Stored<TenantState>? old, Stored<TenantState> next)
        {
            simulation.World.Note("", "tenant", next.State.Name.Value, next.Version, () => $"v{next.Version} {next.State.Status} limit {next.State.Limit} runs {string.Join(',', next.State.Running.Select(each => $"{each.Execution}/{each.Key}"))} waits {string.Join(',', next.State.Waiting.Select(each => $"{each.Execution}/{each.Key}"))}");
            simulation.Promises.Written(old, next);
        }

        public void Deleted(Stored<ShardState> gone)
        {
            simulation.World.Note("", "shardDeleted", SourceTables.NameOf(gone.State.Database, gone.State.Table), gone.Version);
            simulation.Promises.Deleted(gone);
        }

        public void Purged(Stored<ExecutionState> gone)
        {
            simulation.World.Note("", "executionPurged", gone.State.Id.Value, gone.Version);
            simulation.Promises.Purged(gone);
        }

        public void PutAside(ShardState by, DeadLetter letter)
        {
            simulation.World.Note("", "putAside", SourceTables.NameOf(letter.Database, letter.Table), letter.Round, () => $"{letter.Cursor} after {letter.Attempts} attempts: {letter.Error}");
            simulation.Promises.PutAside(by, letter);
        }

        public void TakenAway(DeadLetter letter)
        {
            simulation.World.Note("", "takenAway", SourceTables.NameOf(letter.Database, letter.Table), letter.Round, () => $"{letter.Cursor}");
            simulation.Promises.TakenAway(letter);
        }

        public void Purged(Stored<TaskState> gone)
        {
            simulation.World.Note("", "taskPurged", gone.State.Definition.Name, gone.Version);
            simulation.Promises.Purged(gone);
        }

        public void Written(LogEntry line, LogMonth month)
        {
            simulation.World.Note(line.Node, "line", line.Source.Execution.Value, line.Position.Sequence, () => line.Message);
            simulation.Promises.Written(line, month);
        }

        public void Counted(ExecutionId execution) => simulation.Promises.Counted(execution);
    }
}
