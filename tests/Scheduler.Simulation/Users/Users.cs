using System.Text.Json;
using Scheduler.Executions;

namespace Scheduler.Simulation;

/// <summary>What people do: they make, change, pause, delete and make anew their tasks, trigger them with and without keys, cancel and retry what runs and ran, and pause, resume and rewind shards.</summary>
sealed partial class Users(Simulation simulation)
{
    static readonly string[] Names = ["t1", "t2", "t3"];

    readonly Prng random = simulation.Random.Fork();
    readonly Definitions definitions = new(simulation.Random.Fork());
    readonly int tasks = simulation.Random.From(1, 3);
    int asked, keys;

    /// <summary>Whether all that was asked for after the faults had stopped was done.</summary>
    public bool AreServed { get; private set; }

    public void Begin()
    {
        Ask("calendar", PutCalendarAsync);
        simulation.World.After(TimeSpan.FromSeconds(0.1), () => // tasks name it
        {
            foreach (var name in Names.Take(tasks)) Ask($"create {name}", process => CreateAsync(process, name));
        });
        simulation.World.After(random.Seconds(0.2, 3), Act);
        simulation.World.After(random.Seconds(1, 15), ActOnCalendars);
    }

    void Act()
    {
        if (!simulation.Faults.Active) return;
        simulation.World.After(random.Seconds(0.1, 4), Act);
        var name = Names[random.Below(tasks)];
        switch (random.Below(43))
        {
            case 0: Ask($"pause {name}", process => ToldAsync(process.Client.PauseTaskAsync(name))); break;
            case 1 or 2: Ask($"resume {name}", process => ToldAsync(process.Client.ResumeTaskAsync(name))); break;
            case 3: Ask($"delete {name}", process => DeleteAsync(process, name)); break;
            case 4 or 5 or 6: Ask($"create {name}", process => CreateAsync(process, name)); break;
            case 7 or 8 or 9: Ask($"change {name}", process => ChangeAsync(process, name)); break;
            case 10: Ask("cancel", CancelAsync); break;
            case 11: Ask("look", process => LookAsync(process, name)); break;
            case 12 or 13 or 14: Ask($"trigger {name} with a key", process => TriggerAsync(process, name, $"key{random.Below(++keys)}")); break;
            case 20: Ask($"pause shards of {name}", process => PauseShardsAsync(process, name)); break;
            case 21: Ask($"resume shards of {name}", process => ResumeShardsAsync(process, name)); break;
            case 22 or 23: Ask($"rewind shards of {name}", process => RewindAsync(process, name)); break;
            case 24: Ask("retry", RetryAsync); break;
            case 25: Ask($"quarantine of {name}", process => QuarantineAsync(process, name)); break;
            case 27 or 28: Ask($"replay of {name}", process => ReplayAsync(process, name)); break;
            case 29: Ask($"discard of {name}", process => DiscardAsync(process, name)); break;
            case 26: Ask($"release of {name}", process => ReleaseAsync(process, name)); break;
            case 30: Ask("pause everything or a tenant", PauseAsync); break;
            case 31 or 32: Ask("resume everything and the tenant", ResumeAsync); break;
            case 33: Ask("limit the tenant", LimitAsync); break;
            case 34: Ask("drain", DrainAsync); break;
            case 35: Ask("undrain", UndrainAsync); break;
            case 36: Ask($"trigger {name} with a key of its own", process => process.Client.TriggerTaskAsync(name, new() { ConcurrencyKey = random.Pick(["k1", "k3"]) })); break;
            case 37 or 38: Ask("lines", ListLinesAsync); break;
            case 39: Ask("lines as they come", FollowLinesAsync); break;
            default: Ask($"trigger {name}", process => TriggerAsync(process, name, null)); break;
        }
    }

    /// <summary>Faults have stopped: what users ask for now has to be done.</summary>
    public void Expect() => simulation.World.After(TimeSpan.FromSeconds(4), Demand);

    void Demand()
    {
        if (simulation.Network.Members.IsEmpty)
        {
            simulation.World.After(TimeSpan.FromSeconds(1), Demand);
            return;
        }
        var process = simulation.Network.Members[0];
        process.Lane.Start(() => UntilDoneAsync(process, async () =>
        {
            await LetAllBeginAsync(process);
            if (random.Chance(0.2)) await PausedAsync(process);
            var page = await process.Client.ListTasksAsync(new());
            // Nobody promises the end of what people keep from running.
            foreach (var task in page.Items.Where(each => each.Definition.Handler.Polling is not null)) await LetAllRunAsync(process, task);
            foreach (var task in page.Items)
            {
                await FiresAsync(process, task);
                // The open executions go on, and no others come.
                await process.Client.PauseTaskAsync(task.Name);
            }
            await CancelEndlessAsync(process);
            AreServed = true;
        }));
    }

    /// <summary>What would never end by itself is cancelled, until it has.</summary>
    async Task CancelEndlessAsync(Process process)
    {
        while (simulation.Endless is [var endless, ..])
        {
            try
            {
                await process.Client.CancelExecutionAsync(endless);
            }
            catch (SchedulerException ended) when (ended.Kind == SchedulerErrorKind.Conflict)
            {
                // It ended meanwhile.
            }
            await Task.Delay(TimeSpan.FromSeconds(1), process.Time);
        }
    }

    /// <summary>A schedule that is due goes on being followed.</summary>
    async Task FiresAsync(Process process, TaskView task)
    {
        if (task.Status != ScheduledTaskStatus.Enabled || await process.Client.NextOccurrencesAsync(task.Name, 1) is not [var next] || next > simulation.World.Now + TimeSpan.FromSeconds(10)) return;
        var deadline = simulation.World.Elapsed + TimeSpan.FromSeconds(30);
        while ((await process.Client.GetTaskAsync(task.Name)).ExecutionCount == task.ExecutionCount)
        {
            if (simulation.World.Elapsed > deadline)
            {
                simulation.Break("EverythingEnds", task.Name, $"it was due at {next - World.Origin}, and its schedule is not followed");
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(500), process.Time);
        }
    }

    async Task UntilDoneAsync(Process process, Func<Task> work)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (SchedulerException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), process.Time);
            }
        }
    }

    void Ask(string what, Func<Process, Task> work)
    {
        if (simulation.Network.Members.IsEmpty) return;
        var (process, number) = (random.Pick(simulation.Network.Members), ++asked);
        process.Lane.Start(async () =>
        {
            simulation.World.Note(process.Id, "asked", what, number);
            try
            {
                await work(process);
            }
            catch (SchedulerException refused)
            {
                simulation.World.Note(process.Id, "refused", what, number, () => refused.Message);
            }
        });
    }

    async Task ToldAsync(Task<TaskView> asked) => simulation.Promises.Acknowledged(new Acknowledgement.OfTask(await asked));

    Task CreateAsync(Process process, string name) => ToldAsync(process.Client.CreateTaskAsync(definitions.Draw(name, simulation.World.Now)));

    async Task ChangeAsync(Process process, string name)
    {
        var known = await process.Client.GetTaskAsync(name);
        await ToldAsync(process.Client.UpdateTaskAsync(name, definitions.Change(known.Definition, simulation.World.Now), random.Chance(0.5) ? known.Version : null));
    }

    async Task DeleteAsync(Process process, string name)
    {
        var present = simulation.Store.Tasks.Values.FirstOrDefault(each => each.State.Definition.Name == name && each.State.Status != ScheduledTaskStatus.Deleted)?.State.Id;
        await process.Client.DeleteTaskAsync(name, random.Chance(0.5) ? DeleteMode.Wait : DeleteMode.Kill);
        var now = simulation.Store.Tasks.Values.FirstOrDefault(each => each.State.Definition.Name == name && each.State.Status != ScheduledTaskStatus.Deleted)?.State.Id;
        // Another may have deleted it and made it anew meanwhile: then nobody knows which of the two was meant.
        if (present is { } id && now is null) simulation.Promises.Acknowledged(new Acknowledgement.OfDeletion(id));
    }

    async Task TriggerAsync(Process process, string name, string? key)
    {
        var request = new TriggerRequest { IdempotencyKey = key, By = "somebody", Parameters = random.Chance(0.1) ? JsonSerializer.SerializeToElement(random.Below(2)) : null };
        var epoch = simulation.Epoch;
        var promised = await process.Client.TriggerTaskAsync(name, request);
        if (epoch == simulation.Epoch) simulation.Promises.Acknowledged(new Acknowledgement.OfTrigger(promised.ExecutionId));
        if (key is null || !random.Chance(0.5)) return;
        // The same key at once again, wherever: the same execution.
        var again = await process.Client.TriggerTaskAsync(name, request);
        if (again.ExecutionId != promised.ExecutionId && simulation.TaskOf(again.ExecutionId) == simulation.TaskOf(promised.ExecutionId) && simulation.TaskOf(again.ExecutionId) != 0)
            simulation.Break("AnOccurrenceIsOneExecution", promised.ExecutionId, $"the same key gave execution {again.ExecutionId} too");
    }

    async Task CancelAsync(Process process)
    {
        var page = await process.Client.ListExecutionsAsync(new() { Limit = 20 });
        var open = page.Items.Where(each => each.EndedAt is null).ToArray();
        if (open.Length == 0) return;
        simulation.Promises.Acknowledged(new Acknowledgement.OfCancel(await process.Client.CancelExecutionAsync(random.Pick(open).Id)));
    }

    static async Task LookAsync(Process process, string name)
    {
        await process.Client.NextOccurrencesAsync(name, 3);
        if ((await process.Client.GetTaskAsync(name)).Definition.Handler.Polling is null) return;
        await process.Client.GetProgressAsync(name);
        await process.Client.ListShardsAsync(name, new());
    }
}
