using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Simulation;

/// <summary>
/// Messages of one process to entities wherever they are. What is sent is lost, doubled, late; what is asked fails where no answer comes.
/// </summary>
sealed class ClusterRouter(Simulation simulation, Process process, LocalRouter local) : IRouter
{
    static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(2);

    readonly Prng random = simulation.Random.Fork();

    Network Network => simulation.Network;
    World World => simulation.World;

    public void Send(long taskId, TaskCommand command) => Send(asker => Network.Owner(asker, taskId), $"task {taskId}", command, to => to.Send(taskId, command));

    public void Send(ExecutionId executionId, ExecutionCommand command)
    {
        if (command is not ExecutionCommand.Create { IsHere: true }) Send(asker => Network.Owner(asker, executionId), $"execution {executionId}", command, to => to.Send(executionId, command));
        else if (!Crashes())
        {
            Leaves(process, $"execution {executionId}", command);
            local.Send(executionId, command); // a call, no message
        }
    }

    public void Send(ShardKey shard, ShardCommand command, string? place = null)
    {
        if (place is not null) Network.Places.Put(shard, place);
        Send(asker => Network.Owner(asker, shard), $"shard {shard.TaskId}/{shard.ShardId}", command, to => to.Send(shard, command));
    }

    public void Send(TenantName tenant, TenantCommand command) => Send(asker => Network.Owner(asker, tenant), $"tenant {tenant}", command, to => to.Send(tenant, command));

    // The version travels along, and with it here the state: a stale activation finds out by it.
    public Task<Told<TenantState>> AskAsync(TenantName tenant, TenantCommand command, Stored<TenantState>? known = null) =>
        Ask(asker => Network.Owner(asker, tenant), $"tenant {tenant}", command, (to, _) => to.AskAsync(tenant, command, known));

    public Task<Told<TaskState>> AskAsync(long taskId, TaskCommand command, Stored<TaskState>? known = null) =>
        Ask(asker => Network.Owner(asker, taskId), $"task {taskId}", command, (to, here) => to.AskAsync(taskId, command, here ? known : null));

    public Task<Told<ExecutionState>> AskAsync(ExecutionId executionId, ExecutionCommand command, Stored<ExecutionState>? known = null) =>
        Ask(asker => Network.Owner(asker, executionId), $"execution {executionId}", command, (to, here) => to.AskAsync(executionId, command, here ? known : null));

    public Task<Told<ShardState>> AskAsync(ShardKey shard, ShardCommand command, Stored<ShardState>? known = null, string? place = null)
    {
        if (place is not null) Network.Places.Put(shard, place);
        return Ask(asker => Network.Owner(asker, shard), $"shard {shard.TaskId}/{shard.ShardId}", command, (to, here) => to.AskAsync(shard, command, here ? known : null));
    }

    public bool IsHere(ExecutionId executionId) => Network.Owner(process, executionId) == process;

    public bool Holds(long taskId) => local.Holds(taskId);

    public bool Holds(ExecutionId executionId) => local.Holds(executionId);

    void Send(Func<Process, Process> owner, string key, object command, Action<LocalRouter> deliver)
    {
        if (Crashes()) return;
        var to = owner(process);
        Leaves(to, key, command);
        if (simulation.Faults.Strikes(FaultKind.MessageLost)) return;
        Travel(to, owner, key, command, there => deliver(there.Local));
        if (simulation.Faults.Strikes(FaultKind.MessageDoubled)) Travel(to, owner, key, command, there => deliver(there.Local));
        Repeat(owner, key, command, there => deliver(there.Local));
    }

    /// <summary>Whether the process is dead, before it has done what it was about to do.</summary>
    bool Crashes()
    {
        World.AssertInside();
        if (!process.IsDead && simulation.Faults.Strikes(FaultKind.CrashBetweenEffects)) simulation.Crash(process, FaultKind.CrashBetweenEffects);
        return process.IsDead;
    }

    /// <summary>Comes again long after: its receiver may have moved, ended, been purged. Whoever owns it by then gets it.</summary>
    void Repeat(Func<Process, Process> owner, string key, object command, Action<Process> deliver)
    {
        if (!simulation.Faults.Strikes(FaultKind.MessageVeryLate)) return;
        var epoch = simulation.Epoch;
        Network.Late++;
        World.After(random.Seconds(5, 60), () =>
        {
            Network.Late--;
            if (epoch == simulation.Epoch && !Network.Members.IsEmpty) Travel(random.Pick(Network.Members), owner, key, command, deliver);
        });
    }

    void Leaves(Process to, string key, object command)
    {
        if (command is TaskCommand.Woken or ExecutionCommand.Woken or TaskCommand.CalendarsHeard) Network.Wakes++; // a task that is woken asks for its calendars
        else Network.Messages++;
        World.Note(process.Id, "sends", key, 0, () => $"to {to.Id}: {command}");
        simulation.Promises.Sent(process, key, command);
    }

    /// <summary>On its way. Who gets what belongs to another, as he sees it, passes it on.</summary>
    void Travel(Process to, Func<Process, Process> owner, string key, object command, Action<Process> deliver, int hops = 0)
    {
        var epoch = simulation.Epoch;
        var wait = to == process ? random.Seconds(0, 0.0005) : random.Seconds(0.0002, 0.005);
        if (simulation.Faults.Strikes(FaultKind.MessageDelayed)) wait = random.Seconds(0, 3);
        World.After(wait, () =>
        {
            if (epoch != simulation.Epoch || to.IsDead) return;
            to.Lane.Post(() =>
            {
                var there = owner(to);
                World.Note(to.Id, there == to ? "hears" : "passes on", key, 0, () => command.GetType().Name);
                if (there == to) deliver(to);
                else if (hops < 4) Travel(there, owner, key, command, deliver, hops + 1);
            });
        });
    }

    Task<Told<TState>> Ask<TState>(Func<Process, Process> owner, string key, object command, Func<LocalRouter, bool, Task<Told<TState>>> deliver)
    {
        World.AssertInside();
        var answer = new TaskCompletionSource<Told<TState>>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (process.IsDead) return answer.Task;
        var to = owner(process);
        Leaves(to, key, command);
        Repeat(owner, key, command, Deliver);
        if (to == process) return deliver(local, true); // what was just read is only passed on within a process

        if (!simulation.Faults.Strikes(FaultKind.MessageLost))
        {
            Travel(to, owner, key, command, Deliver);
            if (simulation.Faults.Strikes(FaultKind.MessageDoubled)) Travel(to, owner, key, command, Deliver);
        }
        World.After(AskPatience, () => answer.TrySetException(new NotDurableException($"expected an answer of {to.Id} within {AskPatience}, got none")));
        return answer.Task;

        void Deliver(Process there) => there.Lane.Start(async () =>
        {
            Action reply;
            try
            {
                var told = await deliver(there.Local, false);
                reply = () => answer.TrySetResult(told);
            }
            catch (Exception failure)
            {
                reply = () => answer.TrySetException(failure);
            }
            if (simulation.Faults.Strikes(FaultKind.AnswerLost)) return;
            World.After(random.Seconds(0.0002, 0.005), reply);
        });
    }
}
