using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Scheduler.Cluster.Grains;
using Scheduler.Cluster.Membership;
using Scheduler.Cluster.Placement;
using Scheduler.Cluster.Wire;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Shards;
using Scheduler.Tasks;
using Scheduler.Tenants;

namespace Scheduler.Cluster.Routing;

/// <summary>
/// Messages to entities, which are grains. What is sent goes one way; what is asked ends when it is durable. Nothing is asked within a turn
/// of an entity: the loops that ask run on the thread pool.
/// </summary>
sealed class GrainRouter(Node node, IGrainFactory grains, SiloResidents residents) : IRouter
{
    /// <summary>Tries at an entity that is on its way from one silo to another, or was in one that was lost; each waits twice as long as the one before.</summary>
    const int Tries = 8;

    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    public void Send(long taskId, TaskCommand command) => Send(grains.TaskGrain(taskId), Envelope.Of(command), null, null);

    public void Send(ExecutionId executionId, ExecutionCommand command) => Send(grains.ExecutionGrain(executionId), Envelope.Of(command), TaskOf(command, null), null);

    public void Send(ShardKey shard, ShardCommand command, string? place = null)
    {
        var grain = grains.ShardGrain(shard);
        var silo = NodeIds.SiloOf(place);
        // What is in this silo and is to go on in another takes its run along.
        if (silo is not null && place != node.Id && command is ShardCommand.Woken && residents.Find(grain.GetGrainId()) is { } resident) resident.MoveTo(silo);
        else Send(grain, Envelope.Of(command), shard.TaskId, silo);
    }

    public void Send(TenantName tenant, TenantCommand command) => Send(grains.TenantGrain(tenant), Envelope.Of(command), null, null);

    public Task<Told<TenantState>> AskAsync(TenantName tenant, TenantCommand command, Stored<TenantState>? known = null) =>
        AskAsync<TenantState>(grains.TenantGrain(tenant), Envelope.Of(command, known?.Version ?? 0), null, null, repeatable: true);

    public Task<Told<TaskState>> AskAsync(long taskId, TaskCommand command, Stored<TaskState>? known = null) =>
        AskAsync<TaskState>(grains.TaskGrain(taskId), Envelope.Of(command, known?.Version ?? 0), null, null, repeatable: command is TaskCommand.Woken or TaskCommand.ExecutionHeard);

    public Task<Told<ExecutionState>> AskAsync(ExecutionId executionId, ExecutionCommand command, Stored<ExecutionState>? known = null) =>
        AskAsync<ExecutionState>(grains.ExecutionGrain(executionId), Envelope.Of(command, known?.Version ?? 0), TaskOf(command, known?.State), null, repeatable: true);

    public Task<Told<ShardState>> AskAsync(ShardKey shard, ShardCommand command, Stored<ShardState>? known = null, string? place = null) =>
        AskAsync<ShardState>(grains.ShardGrain(shard), Envelope.Of(command, known?.Version ?? 0), shard.TaskId, NodeIds.SiloOf(place), repeatable: true);

    public bool IsHere(ExecutionId executionId) => false; // a grain is wherever the directory says when the word arrives

    public bool Holds(long taskId) => residents.Find(grains.TaskGrain(taskId).GetGrainId()) is not null;

    public bool Holds(ExecutionId executionId) => residents.Find(grains.ExecutionGrain(executionId).GetGrainId()) is not null;

    void Send(IEntityGrain grain, Envelope command, long? task, SiloAddress? silo)
    {
        try
        {
            Placed(task, silo, () => grain.TellAsync(command)).Ignore();
        }
        catch (Exception failure)
        {
            node.Log.LogDebug("{Grain} could not be told, and is told again where it matters: {Reason}", grain.GetGrainId(), failure.Message);
        }
    }

    // Repeatable: being told twice comes to the same, as with all that entities say to each other. What people ask of a task may not.
    async Task<Told<TState>> AskAsync<TState>(IEntityGrain grain, Envelope command, long? task, SiloAddress? silo, bool repeatable) where TState : class
    {
        for (var attempt = 1; ; attempt++)
        {
            Answer<Told<TState>> answer;
            var wait = Between * (1 << (attempt - 1));
            try
            {
                answer = (await Placed(task, silo, () => grain.AskAsync(command))).Open<Answer<Told<TState>>>();
            }
            catch (OrleansMessageRejectionException rejected) when (attempt < Tries && (repeatable || rejected is not SiloUnavailableException))
            {
                // It was heard by nobody, or by one that is lost; the directory knows the next place in a moment.
                await Task.Delay(wait);
                continue;
            }
            catch (Exception failure) when (failure is OrleansException or TimeoutException or System.Text.Json.JsonException)
            {
                throw new NotDurableException($"{grain.GetGrainId()} does not answer: {failure.Message}", failure);
            }
            if (answer.Failure is not { } why) return answer.Value;
            if (!why.IsElsewhere || attempt == Tries) throw why.Kind is null ? new NotDurableException(why.Message) : why.ToException();
            await Task.Delay(wait);
        }
    }

    /// <summary>Says where the grain is to be loaded, if it is in no silo. What the sender was told about its own place goes no further.</summary>
    static T Placed<T>(long? task, SiloAddress? silo, Func<T> send)
    {
        var (hint, of) = (RequestContext.Get(IPlacementDirector.PlacementHintKey), RequestContext.Get(FitPlacement.TaskKey));
        try
        {
            Set(IPlacementDirector.PlacementHintKey, silo);
            Set(FitPlacement.TaskKey, task);
            return send();
        }
        finally
        {
            Set(IPlacementDirector.PlacementHintKey, hint);
            Set(FitPlacement.TaskKey, of);
        }

        static void Set(string key, object? value)
        {
            if (value is null) RequestContext.Remove(key);
            else RequestContext.Set(key, value);
        }
    }

    static long? TaskOf(ExecutionCommand command, ExecutionState? known) => command is ExecutionCommand.Create create ? create.Seed.TaskId : known?.Seed.TaskId;
}
