using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;

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

    public void Send(long taskId, TaskCommand command) => Send(Network.Owner(process, taskId), $"task {taskId}", command, to => to.Local.Send(taskId, command));

    public void Send(ExecutionId executionId, ExecutionCommand command) => Send(Network.Owner(process, executionId), $"execution {executionId}", command, to => to.Local.Send(executionId, command));

    public void Send(ShardKey shard, ShardCommand command) => Send(Network.Owner(process, shard), $"shard {shard.TaskId}/{shard.ShardId}", command, to => to.Local.Send(shard, command));

    public Task<Told<TaskState>> AskAsync(long taskId, TaskCommand command, Stored<TaskState>? known = null) =>
        Ask(Network.Owner(process, taskId), $"task {taskId}", command, to => to.AskAsync(taskId, command, known));

    public Task<Told<ExecutionState>> AskAsync(ExecutionId executionId, ExecutionCommand command, Stored<ExecutionState>? known = null) =>
        Ask(Network.Owner(process, executionId), $"execution {executionId}", command, to => to.AskAsync(executionId, command, known));

    public Task<Told<ShardState>> AskAsync(ShardKey shard, ShardCommand command, Stored<ShardState>? known = null) =>
        Ask(Network.Owner(process, shard), $"shard {shard.TaskId}/{shard.ShardId}", command, to => to.AskAsync(shard, command, known));

    void Send(Process to, string key, object command, Action<Process> deliver)
    {
        World.AssertInside();
        if (process.IsDead) return;
        if (simulation.Faults.Strikes(FaultKind.CrashBetweenEffects))
        {
            simulation.Crash(process, FaultKind.CrashBetweenEffects);
            return;
        }
        Leaves(to, key, command);
        if (simulation.Faults.Strikes(FaultKind.MessageLost)) return;
        Travel(to, key, command, () => deliver(to));
        if (simulation.Faults.Strikes(FaultKind.MessageDoubled)) Travel(to, key, command, () => deliver(to));
        // Long after: its receiver may have moved, ended, been purged. Whoever owns it by then gets it.
        if (simulation.Faults.Strikes(FaultKind.MessageVeryLate))
        {
            var epoch = simulation.Epoch;
            World.After(random.Seconds(5, 60), () =>
            {
                if (epoch != simulation.Epoch || Network.Members.IsEmpty) return;
                var late = random.Pick(Network.Members);
                late.Lane.Post(() => deliver(late));
            });
        }
    }

    void Leaves(Process to, string key, object command)
    {
        Network.Messages++;
        World.Note(process.Id, "sends", key, 0, () => $"to {to.Id}: {command}");
        simulation.Promises.Sent(process, command);
    }

    void Travel(Process to, string key, object command, Action deliver)
    {
        var epoch = simulation.Epoch;
        var wait = to == process ? random.Seconds(0, 0.0005) : random.Seconds(0.0002, 0.005);
        if (simulation.Faults.Strikes(FaultKind.MessageDelayed)) wait = random.Seconds(0, 3);
        World.After(wait, () =>
        {
            if (epoch != simulation.Epoch || to.IsDead) return;
            to.Lane.Post(() =>
            {
                World.Note(to.Id, "hears", key, 0, () => command.GetType().Name);
                deliver();
            });
        });
    }

    Task<Told<TState>> Ask<TState>(Process to, string key, object command, Func<LocalRouter, Task<Told<TState>>> deliver)
    {
        World.AssertInside();
        var answer = new TaskCompletionSource<Told<TState>>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (process.IsDead) return answer.Task;
        Leaves(to, key, command);
        if (to == process) return deliver(local);

        if (!simulation.Faults.Strikes(FaultKind.MessageLost))
        {
            Travel(to, key, command, Deliver);
            if (simulation.Faults.Strikes(FaultKind.MessageDoubled)) Travel(to, key, command, Deliver);
        }
        World.After(AskPatience, () => answer.TrySetException(new NotDurableException($"expected an answer of {to.Id} within {AskPatience}, got none")));
        return answer.Task;

        void Deliver() => to.Lane.Start(async () =>
        {
            Action reply;
            try
            {
                var told = await deliver(to.Local);
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
