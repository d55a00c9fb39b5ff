using Scheduler.Executions;
using Scheduler.Storage.Rows;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>What the scheduler promises, held against what was written, posted and stored.</summary>
static class Promises
{
    /// <summary>Each round has processed every row that was there when it began, and counts once each that it processed.</summary>
    public static async Task<IReadOnlyDictionary<string, ExecutionView>> RoundsAsync(ISchedulerClient client, Tables tables, Posts posts, int shards)
    {
        var rounds = (await ExecutionsAsync(client, FaultTests.Orders)).Where(each => each.Status != ExecutionStatus.Skipped).ToDictionary(each => each.Id);
        var processed = posts.All.ToLookup(post => post.Execution);
        foreach (var round in rounds.Values)
        {
            Assert.Equal((ExecutionStatus.Succeeded, shards, shards, 0, 0), (round.Status, round.Items.Total, round.Items.Completed, round.Items.Running, round.Items.Failed));
            var rows = processed[round.Id].SelectMany(post => post.Rows.Select(row => (post.Shard, row))).ToHashSet();
            Assert.DoesNotContain(tables.Rows, row => row.At < round.StartedAt && !rows.Contains((row.Shard, row.Row)));
            Assert.Equal(rows.Count, round.Rows);
        }
        return rounds;
    }

    /// <summary>No two silos had the same run.</summary>
    public static void EachTokenServesOneRun(Posts posts) =>
        Assert.Empty(posts.All.GroupBy(post => (post.Shard, post.Token)).Where(run => run.Select(post => post.Silo).Distinct().Count() > 1).Select(run => run.Key));

    /// <summary>Every instant of a schedule has one record.</summary>
    public static async Task EachOccurrenceRunsOnceAsync(ClusterDatabase database)
    {
        var occurrences = await database.ReadAsync($"SELECT task_name, scheduled_at FROM schedule_execution WHERE trigger_kind = {Codes.Trigger.Of(TriggerKind.Schedule)}", row => (Task: row.GetString(0), At: row.GetInt64(1)));
        Assert.Equal([FaultTests.Often, FaultTests.Orders], occurrences.Select(each => each.Task).Distinct().Order());
        Assert.DoesNotContain(occurrences.GroupBy(each => each), instant => instant.Count() > 1);
    }

    /// <summary>However often a trigger was said, its key made one execution, and what was acknowledged has run.</summary>
    public static async Task EachKeyRunsOnceAsync(ISchedulerClient client, Callers callers)
    {
        var executions = await ExecutionsAsync(client, FaultTests.Asked);
        Assert.InRange(executions.Count, callers.Triggered.Count, callers.Keys);
        Assert.Equal(callers.Triggered.Count, callers.Triggered.Values.Distinct().Count());
        var known = executions.ToDictionary(each => each.Id);
        // Calls go on while nothing runs for a while: then a task has as many open executions as it may have, and says so of the next.
        var others = callers.Triggered.Values.Where(id => !known.TryGetValue(id, out var execution) || !(execution.Status == ExecutionStatus.Succeeded || IsOneTooMany(execution)));
        Assert.Equal([], others.Select(id => known.TryGetValue(id, out var execution) ? $"{execution.Status} {execution.Error}" : $"{id} is not known"));
    }

    static bool IsOneTooMany(ExecutionView execution) => execution.Status == ExecutionStatus.Skipped && execution.Error?.Contains("executions of the task are open", StringComparison.Ordinal) == true;

    /// <summary>No call hangs, and one that fails says so: it is not known, or no silo answers.</summary>
    public static string Calls(Callers callers)
    {
        var longest = callers.Calls.Max(call => call.Took);
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(15)); // what only reads is asked twice, five seconds each
        Assert.All(callers.Calls.Where(call => call.Failure is not null), call => Assert.Equal(SchedulerErrorKind.Unavailable, Assert.IsType<SchedulerException>(call.Failure).Kind));
        return $"{callers.Calls.Count} calls through gateways, the longest took {longest.TotalSeconds:0.0} s; {callers.Calls.Count(call => call.Failure is not null)} failed";
    }

    /// <summary>Rows that a round processed more than once.</summary>
    public static int Repeated(Posts posts) => posts.All.SelectMany(post => post.Rows.Select(row => (post.Execution, post.Shard, row))).GroupBy(each => each).Sum(each => each.Count() - 1);

    /// <summary>A run that is lost repeats the page that it was at and the one whose checkpoint was on its way, and nothing else is repeated.</summary>
    /// <param name="posts">All batches; from when runs may have been lost on, each was a page and took its time, so that it had a checkpoint of its own.</param>
    /// <param name="pageSize">Rows of a page.</param>
    public static void NoMoreIsRepeatedThanRunsWereLost(Posts posts, int pageSize)
    {
        var lost = posts.All.GroupBy(post => (post.Execution, post.Shard)).Sum(round => round.Select(post => post.Token).Distinct().Count() - 1);
        Assert.InRange(Repeated(posts), 0, 2 * pageSize * lost);
    }

    /// <summary>Batches that came after those of a later run of their shard.</summary>
    public static int OutOfTurn(Posts posts)
    {
        Dictionary<string, long> latest = [];
        return posts.All.Count(post => post.Token < (latest[post.Shard] = Math.Max(post.Token, latest.GetValueOrDefault(post.Shard))));
    }

    static async Task<IReadOnlyList<ExecutionView>> ExecutionsAsync(ISchedulerClient client, string task)
    {
        List<ExecutionView> executions = [];
        for (string? cursor = null; ;)
        {
            var page = await client.ListExecutionsAsync(new() { Task = task, Limit = 1000, Cursor = cursor });
            executions.AddRange(page.Items);
            if ((cursor = page.Next) is null) return executions;
        }
    }
}
