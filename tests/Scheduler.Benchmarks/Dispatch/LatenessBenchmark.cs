using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>How much later than its instant an execution begins, where occurrences come evenly: ours beside Quartz, on one server.</summary>
static class LatenessBenchmark
{
    static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);

    readonly record struct Lateness(double Median, double Late, double Latest)
    {
        public static Lateness Of(IEnumerable<TimeSpan> all)
        {
            var sorted = all.Select(each => each.TotalMilliseconds).Order().ToArray();
            return new(sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100], sorted[^1]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {Median:0.0} ms  p99 {Late:0.0} ms  max {Latest:0.0} ms");
    }

    public static async Task RunAsync(bool quick)
    {
        await using var server = await BenchmarkServer.StartAsync();
        var lasts = TimeSpan.FromSeconds(quick ? 5 : 60);
        Report.Note($"lateness on PostgreSQL, fsync on: one-shot tasks spread over {lasts.TotalSeconds:0} s");
        foreach (var perMinute in new[] { 2_000, 20_000 })
        {
            var count = (int)(perMinute * lasts.TotalMinutes);
            var ours = Tell($"scheduler, {perMinute:N0} a minute", await OursAsync(server, count, lasts));
            var quartz = Tell($"Quartz 16/16, {perMinute:N0} a minute", await QuartzAsync(server, count, lasts));
            Report.Ratio($"lateness_{perMinute}_p50_vs_quartz", quartz.Median / ours.Median, 1);
            Report.Ratio($"lateness_{perMinute}_p99_vs_quartz", quartz.Late / ours.Late, 1);
            Report.Ratio($"lateness_{perMinute}_max_vs_quartz", quartz.Latest / ours.Latest, 1);
        }
    }

    static async Task<Lateness> OursAsync(BenchmarkServer server, int count, TimeSpan lasts)
    {
        var late = new ConcurrentBag<TimeSpan>();
        var empty = new EmptyTask(count) { Ran = at => late.Add(DateTimeOffset.UtcNow - at) };
        var schema = await server.SchemaAsync();
        await using var host = await EmbeddedHost.StartAsync(empty.Register, options => options.UsePostgreSql(schema));
        var first = DateTimeOffset.UtcNow + Warm + TimeSpan.FromSeconds(count / 1000.0);
        await Concurrent.ForAsync(count, 64, i => host.Client.CreateTaskAsync(EmptyTask.Define($"task-{i}", first + i * lasts / count)));
        ExpectTime(first);
        await empty.AllRan;
        return Lateness.Of(late);
    }

    static async Task<Lateness> QuartzAsync(BenchmarkServer server, int count, TimeSpan lasts)
    {
        var late = new ConcurrentBag<TimeSpan>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        QuartzPeer.Ran = at =>
        {
            late.Add(DateTimeOffset.UtcNow - at);
            if (late.Count >= count) all.TrySetResult();
        };
        var scheduler = await new QuartzPeer(await server.SchemaAsync(), QuartzPeer.Tune).OpenAsync();
        await scheduler.Start();
        var first = DateTimeOffset.UtcNow + Warm + TimeSpan.FromSeconds(count / 250.0);
        await QuartzPeer.ScheduleAllAsync(scheduler, Enumerable.Range(0, count).Select(i => first + i * lasts / count));
        ExpectTime(first);
        await all.Task;
        await scheduler.Shutdown(true);
        NpgsqlConnection.ClearAllPools();
        return Lateness.Of(late);
    }

    static void ExpectTime(DateTimeOffset first)
    {
        if (DateTimeOffset.UtcNow >= first) throw new InvalidOperationException("expected all to be made before the first is due");
    }

    static Lateness Tell(string what, Lateness lateness)
    {
        Report.Note($"  {what,-34} {lateness}");
        return lateness;
    }
}
