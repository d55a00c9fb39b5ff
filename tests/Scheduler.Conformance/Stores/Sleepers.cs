using Scheduler.Running;
using static Scheduler.Conformance.Stores.States;

namespace Scheduler.Conformance.Stores;

/// <summary>Thousands of tasks and executions that sleep, a second between one and the next, beside as many executions that have ended: what the buckets of a cluster read.</summary>
public static class Sleepers
{
    /// <summary>How many of each.</summary>
    public const int Count = 6000;

    /// <summary>Puts them into a store.</summary>
    public static async Task FillAsync(IStore store)
    {
        await store.CommitAsync([.. Enumerable.Range(1, Count).Select(id => new EntityWrite.OfTask(Task(id, $"task {id}") with { NextAt = Noon.AddSeconds(id) }, true, 0, id))], default);
        await store.CommitAsync([.. Enumerable.Range(1, Count).Select(id => new EntityWrite.OfExecution(Execution(id, id) with { WakeAt = Noon.AddSeconds(id) }, 0, Count + id))], default);
        await store.CommitAsync([.. Enumerable.Range(Count + 1, Count).Select(id => new EntityWrite.OfExecution(Ended(Execution(id, id), Noon.AddSeconds(id)), 0, Count + id))], default);
    }

    /// <summary>A bucket's statement with the values of a read: who is due in the first ten seconds.</summary>
    public static string Read(string sql)
    {
        var bucket = new WakeBucket(3, 16);
        return sql.Replace("@before", $"{Noon.AddSeconds(10).ToUnixTimeMilliseconds()}", StringComparison.Ordinal).Replace("@of", "16", StringComparison.Ordinal).Replace("@index", "3", StringComparison.Ordinal)
            .Replace("@endings", $"'{bucket.Endings}'", StringComparison.Ordinal).Replace("@limit", "500", StringComparison.Ordinal).Replace("@most", "1000", StringComparison.Ordinal);
    }
}
