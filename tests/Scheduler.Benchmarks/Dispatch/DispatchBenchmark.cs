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
    /// <param name="quick">Whether a figure is enough.</param>
    /// <param name="peer">Whether Quartz is measured too; its share takes most of the time.</param>
    public static async Task RunAsync(bool quick, bool peer)
    {
        var (ours, quartz) = quick ? (5_000, 400) : (20_000, 4_000);
        await using var server = await BenchmarkServer.StartAsync();
        Report.Note($"dispatch on PostgreSQL, fsync on: {ours:N0} one-shot tasks due at once ({quartz:N0} for Quartz)");

        // Compiles and warms: what is measured is a process that has been up for a while.
        for (var round = 1; round <= (quick ? 3 : 6); round++)
        {
            await BareAsync(server, 20_000, quiet: true);
            await OursAsync(server, 4_000, quiet: true);
            if (peer) await QuartzAsync(server, 200, tuned: true, quiet: true);
            await Jit.RestsAsync();
        }

        List<Cost> bare = [], own = [];
        for (var turn = 0; turn < (quick ? 2 : 3); turn++)
        {
            bare.Add(await BareAsync(server, 20_000));
            own.Add(await OursAsync(server, ours));
        }
        bare.Add(await BareAsync(server, 20_000));
        await SqliteAsync(ours);

        var us = own.OrderBy(cost => cost.PerSecond).ElementAt(own.Count / 2);
        if (peer)
        {
            Report.Ratio("dispatch_vs_quartz_defaults", us.PerSecond / (await QuartzAsync(server, quartz, tuned: false)).PerSecond, 50);
            Report.Ratio("dispatch_vs_quartz_tuned", us.PerSecond / (await QuartzAsync(server, quartz, tuned: true)).PerSecond, 25);
        }
        Report.Ratio("dispatch_vs_bare_sql", us.PerSecond / bare.Select(cost => cost.PerSecond).Order().ElementAt(bare.Count / 2), 0.33);
        Report.Ratio("dispatch_cpu_per_execution", 100 / us.Microseconds, 1);
        if (peer) await CreatingBenchmark.RunAsync(server, quick);
    }

    static async Task<Cost> BareAsync(BenchmarkServer server, int tasks, bool quiet = false) =>
        Tell("bare SQL", await new BareSql(await server.SchemaAsync()).RunAsync(server.Meter, tasks), quiet);

    static async Task<Cost> OursAsync(BenchmarkServer server, int tasks, bool quiet = false) =>
        Tell("scheduler", await InTimeAsync(TimeSpan.FromSeconds(1.5 + tasks / 4_000.0), async due =>
        {
            var schema = await server.SchemaAsync();
            await using var source = NpgsqlDataSource.Create(schema);
            return await OursAsync(server.Meter, options => options.UsePostgreSql(schema), source, tasks, due);
        }), quiet);

    static async Task SqliteAsync(int tasks)
    {
        var folder = Directory.CreateTempSubdirectory("scheduler-benchmark-");
        try
        {
            Tell("on SQLite", await InTimeAsync(TimeSpan.FromSeconds(1.5 + tasks / 4_000.0), async due =>
            {
                var path = Path.Combine(folder.FullName, $"{due.UtcTicks}.db");
                await using var source = SqliteFactory.Instance.CreateDataSource($"Data Source={path}");
                return await OursAsync(new(null), options => options.UseSqlite(path), source, tasks, due);
            }), quiet: false);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Whoever makes the tasks ends before they are due: what is measured is a server that was started, and time that comes. Null: they were not made in time.</summary>
    static async Task<Cost?> OursAsync(Meter meter, Action<SchedulerOptions> store, DbDataSource source, int tasks, DateTimeOffset due)
    {
        var empty = new EmptyTask(tasks);
        await using (var maker = await EmbeddedHost.StartAsync(empty.Register, store))
            await Concurrent.ForAsync(tasks, 128, i => maker.Client.CreateTaskAsync(EmptyTask.Define($"task-{i}", due)));
        await meter.CountAsync();
        Cost cost;
        await using (var host = await EmbeddedHost.StartAsync(empty.Register, store))
        {
            var left = due - DateTimeOffset.UtcNow;
            if (left <= TimeSpan.Zero) return null;
            await Task.Delay(left);
            meter.Begin();
            await empty.AllRan;
            await Ended.WaitAsync(source, tasks);
            cost = meter.End(tasks);
        }
        return await meter.CountedAsync(cost, tasks);
    }

    static async Task<Cost> QuartzAsync(BenchmarkServer server, int tasks, bool tuned, bool quiet = false) =>
        Tell(tuned ? "Quartz 16/16" : "Quartz", await InTimeAsync(TimeSpan.FromSeconds(3 + tasks / 200.0), due => QuartzAsync(server, tasks, tuned, due)), quiet);

    static async Task<Cost?> QuartzAsync(BenchmarkServer server, int tasks, bool tuned, DateTimeOffset due)
    {
        var peer = new QuartzPeer(await server.SchemaAsync(), tuned ? QuartzPeer.Tune : null);
        var (ran, all) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        QuartzPeer.Ran = _ =>
        {
            if (Interlocked.Increment(ref ran) == tasks) all.TrySetResult();
        };
        var maker = await peer.OpenAsync();
        await QuartzPeer.ScheduleAllAsync(maker, "t", Enumerable.Repeat(due, tasks));
        await maker.Shutdown(true);
        NpgsqlConnection.ClearAllPools();
        await server.Meter.CountAsync();

        var scheduler = await peer.OpenAsync();
        Cost? cost = null;
        if (due - DateTimeOffset.UtcNow is var left && left > TimeSpan.Zero)
        {
            await scheduler.Start();
            await Task.Delay(left);
            server.Meter.Begin();
            await all.Task;
            cost = server.Meter.End(tasks);
        }
        await scheduler.Shutdown(true);
        NpgsqlConnection.ClearAllPools();
        return cost is { } some ? await server.Meter.CountedAsync(some, tasks) : null;
    }

    /// <summary>Tries again with more time where the tasks were not there before they were due.</summary>
    static async Task<Cost> InTimeAsync(TimeSpan ahead, Func<DateTimeOffset, Task<Cost?>> run)
    {
        for (; ; ahead *= 2)
            if (await run(DateTimeOffset.UtcNow + ahead) is { } cost) return cost;
    }

    static Cost Tell(string what, Cost cost, bool quiet)
    {
        if (!quiet) Report.Note($"  {what,-14} {cost}");
        return cost;
    }
}
