using Scheduler.Running;

namespace Scheduler.Storage.Writing;

/// <summary>What is said of a row whose data the database does not take.</summary>
static class Rejection
{
    public static WriteOutcome Of(string error) => new(WriteResult.Rejected, error);

    /// <summary>Another row has what only one may have. The row itself does not exist: that would be a conflict.</summary>
    public static WriteOutcome Taken(EntityWrite write) => Of(write switch
    {
        EntityWrite.OfTask task => $"name: expected one that no task has, \"{task.State.Definition.Name}\" is taken",
        EntityWrite.OfShard shard => $"shard: expected one of each name, {shard.State.Database}.{shard.State.Table} has another id already",
        _ => "expected a row of its own, another has its id",
    });

    public static WriteOutcome Refused(EntityWrite write, string databaseSays) => Of($"{Name(write)}: expected data that the database can store, it says: {databaseSays}");

    static string Name(EntityWrite write) => write switch
    {
        EntityWrite.OfTask task => $"task {task.State.Id}",
        EntityWrite.OfExecution execution => $"execution {execution.State.Id}",
        EntityWrite.OfTenant tenant => $"tenant {tenant.State.Name}",
        EntityWrite.OfShard shard => $"shard {shard.State.Key.ShardId} of task {shard.State.Key.TaskId}",
        _ => "row",
    };
}
