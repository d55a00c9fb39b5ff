using Scheduler.Benchmarks;
using Scheduler.Benchmarks.Dispatch;
using Scheduler.Cluster.Benchmarks.Hosts;
using Scheduler.Cluster.Tests.Processes;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>Tasks that are all due at one instant, each to run once and do nothing, a durable record for each: embedded host, one silo.</summary>
static class DispatchBenchmark
{
    /// <summary>From the start of whoever is measured until the tasks are due: the silo is a member and reads ahead by then.</summary>
    static readonly TimeSpan ahead = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Run run)
    {
        var tasks = run.Quick ? 4_000 : 20_000;
        Contender[] contenders = [Contender.Embedded, Contender.OneSilo];
        await using var server = await SharedServer.StartAsync(run.Store);
        Report.Note($"dispatch on {server}: {tasks:N0} one-shot tasks due at once, {ahead.TotalSeconds:N0} s and more after their host's start");
        for (var round = 1; round <= (run.Quick ? 1 : 3); round++)
            foreach (var contender in contenders) await MeasureAsync(contender, server, 4_000, run.Stop); // compiles and warms
        Report.Note("measured:");
        var rates = contenders.ToDictionary(contender => contender, _ => new List<double>());
        for (var turn = 0; turn < 3; turn++)
            foreach (var contender in contenders) rates[contender].Add((await MeasureAsync(contender, server, tasks, run.Stop)).PerSecond);
        foreach (var contender in contenders) Report.Figure($"dispatch_{contender.Name.Replace(' ', '_')}", rates[contender].Median(), "executions/s, median");
        Report.Figure("dispatch_one_silo_vs_embedded", rates[Contender.OneSilo].Median() / rates[Contender.Embedded].Median() * 100, "%");
    }

    /// <summary>
    /// Whoever makes the tasks ends before they are due: what is measured is a host that was started, and time that comes. Tried again with more
    /// time where the tasks were not there in time.
    /// </summary>
    /// <param name="change">Is done to the database before the host starts.</param>
    public static async Task<Cost> MeasureAsync(Contender contender, SharedServer server, int tasks, CancellationToken stop, Func<ClusterDatabase, Task>? change = null)
    {
        for (var patience = TimeSpan.FromSeconds(tasks / 2_000.0); ; patience *= 2)
            if (await TryAsync(contender, server, tasks, DateTimeOffset.UtcNow + ahead + patience, change, stop) is { } cost)
            {
                Report.Note($"  {contender.Name,-14} {cost}");
                return cost;
            }
    }

    static async Task<Cost?> TryAsync(Contender contender, SharedServer server, int tasks, DateTimeOffset due, Func<ClusterDatabase, Task>? change, CancellationToken stop)
    {
        var database = await server.FreshAsync();
        await using var source = database.Source();
        var empty = new EmptyTask(tasks);
        await using (var maker = await Contender.Embedded.StartAsync(database, (_, services) => empty.Register(services)))
            await Concurrent.ForAsync(tasks, 128, i => maker.Client.CreateTaskAsync(EmptyTask.Define($"task-{i}", due))).WaitAsync(stop);
        if (due - DateTimeOffset.UtcNow < ahead) return null;
        if (change is not null) await change(database);
        if (server.IsPostgreSql) await server.Meter.CountAsync();
        Cost cost;
        await using (await contender.StartAsync(database, (_, services) => empty.Register(services)))
        {
            if (due - DateTimeOffset.UtcNow is var left && left <= TimeSpan.Zero) return null;
            await Task.Delay(left, stop);
            server.Meter.Begin();
            await empty.AllRan.WaitAsync(stop);
            await Ended.WaitAsync(source, tasks).WaitAsync(stop);
            cost = server.Meter.End(tasks);
        }
        return await server.Meter.CountedAsync(cost, tasks);
    }
}
