using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>
/// Tasks that are all due at one instant, each to run once and do nothing, a durable record for each: ours through the whole scheduler, beside
/// Quartz.NET on the same server and beside the least SQL that could do it.
/// </summary>
static class DispatchBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var (ours, quartz) = quick ? (5_000, 1_000) : (20_000, 20_000);
        await using var server = await BenchmarkServer.StartAsync();
        Report.Note($"dispatch on PostgreSQL, fsync on: {ours:N0} one-shot tasks due at once ({quartz:N0} for Quartz)");

        // Compiles and warms: what is measured is a process that has been up for a while.
        await OursAsync(server, quick ? 2_000 : 5_000, quiet: true);
        await OursAsync(server, quick ? 2_000 : 5_000, quiet: true);
        await BareAsync(server, 20_000, quiet: true);
        await QuartzAsync(server, 100, tuned: true, quiet: true);

        List<Cost> bare = [], own = [];
        for (var turn = 0; turn < (quick ? 2 : 3); turn++)
        {
            bare.Add(await BareAsync(server, 20_000));
            own.Add(await OursAsync(server, ours));
        }
        bare.Add(await BareAsync(server, 20_000));
        if (Environment.GetEnvironmentVariable("OURS") is not null) return;
        var defaults = await QuartzAsync(server, quartz, tuned: false);
        var tuned = await QuartzAsync(server, quartz, tuned: true);
        await SqliteAsync(ours);

        var us = own.OrderBy(cost => cost.PerSecond).ElementAt(own.Count / 2);
        Report.Ratio("dispatch_vs_quartz_defaults", us.PerSecond / defaults.PerSecond, 50);
        Report.Ratio("dispatch_vs_quartz_tuned", us.PerSecond / tuned.PerSecond, 25);
        Report.Ratio("dispatch_vs_bare_sql", us.PerSecond / bare.Select(cost => cost.PerSecond).Order().ElementAt(bare.Count / 2), 0.33);
        Report.Ratio("dispatch_cpu_per_execution", 100 / us.Microseconds, 1);
        await CreatingBenchmark.RunAsync(server, quick);
    }

    static async Task<Cost> BareAsync(BenchmarkServer server, int tasks, bool quiet = false) =>
        Tell("bare SQL", await new BareSql(await server.SchemaAsync()).RunAsync(server.Meter, tasks), quiet);

    static async Task<Cost> OursAsync(BenchmarkServer server, int tasks, bool quiet = false)
    {
        var schema = await server.SchemaAsync();
        await using var source = NpgsqlDataSource.Create(schema);
        return Tell("scheduler", await OursAsync(server.Meter, options => options.UsePostgreSql(schema), source, tasks), quiet);
    }

    static async Task SqliteAsync(int tasks)
    {
        var folder = Directory.CreateTempSubdirectory("scheduler-benchmark-");
        try
        {
            var path = Path.Combine(folder.FullName, "scheduler.db");
            await using var source = SqliteFactory.Instance.CreateDataSource($"Data Source={path}");
            Tell("on SQLite", await OursAsync(new(null), options => options.UseSqlite(path), source, tasks), quiet: false);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    static async Task<Cost> OursAsync(Meter meter, Action<SchedulerOptions> store, DbDataSource source, int tasks)
    {
        var empty = new EmptyTask(tasks);
        // Whoever makes the tasks ends before they are due: what is measured is a server that was started, and time that comes.
        var due = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(3 + tasks / 1000.0);
        await using (var maker = await EmbeddedHost.StartAsync(empty.Register, store))
            await Concurrent.ForAsync(tasks, 128, i => maker.Client.CreateTaskAsync(EmptyTask.Define($"task-{i}", due)));
        await meter.CountAsync();

        Cost cost;
        await using (var host = await EmbeddedHost.StartAsync(empty.Register, store))
        {
            var left = due - DateTimeOffset.UtcNow;
            if (left <= TimeSpan.Zero) throw new InvalidOperationException($"expected the tasks to be made before they are due, they were {-left} late");
            await Task.Delay(left);
            meter.Begin();
            await empty.AllRan;
            await Ended.WaitAsync(source, tasks);
            cost = meter.End(tasks);
        }
        return await meter.CountedAsync(cost, tasks);
    }

    static async Task<Cost> QuartzAsync(BenchmarkServer server, int tasks, bool tuned, bool quiet = false)
    {
        var schema = await server.SchemaAsync();
        var peer = new QuartzPeer(schema, tuned ? QuartzPeer.Tune : null);
        var (ran, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        QuartzPeer.Ran = _ =>
        {
            if (Interlocked.Increment(ref ran) == tasks) all.TrySetResult();
        };
        var due = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(10 + tasks / 100.0);
        var maker = await peer.OpenAsync();
        await QuartzPeer.ScheduleAllAsync(maker, "t", Enumerable.Repeat(due, tasks));
        await maker.Shutdown(true);
        NpgsqlConnection.ClearAllPools();
        await server.Meter.CountAsync();

        var scheduler = await peer.OpenAsync();
        await scheduler.Start();
        if (DateTimeOffset.UtcNow >= due) throw new InvalidOperationException("expected Quartz's triggers to be made before they are due");
        await Task.Delay(due - DateTimeOffset.UtcNow);
        server.Meter.Begin();
        await all.Task;
        var cost = server.Meter.End(tasks);
        await scheduler.Shutdown(true);
        NpgsqlConnection.ClearAllPools();
        return Tell(tuned ? "Quartz 16/16" : "Quartz", await server.Meter.CountedAsync(cost, tasks), quiet);
    }

    static Cost Tell(string what, Cost cost, bool quiet)
    {
        if (!quiet) Report.Note($"  {what,-14} {cost}");
        return cost;
    }
}
