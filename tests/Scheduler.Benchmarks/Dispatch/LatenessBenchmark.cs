using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Scheduler.Benchmarks.Dispatch;

/// <summary>How much later than its instant an execution begins, where occurrences come evenly: ours beside Quartz, on one server.</summary>
static class LatenessBenchmark
{
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
        var lasts = TimeSpan.FromSeconds(quick ? 5 : 20);
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
        var clock = new Clocks();
        var schema = await server.SchemaAsync();
        await using var host = await EmbeddedHost.StartAsync(new EmptyTask(0) { Ran = clock.Ran }.Register, options => options.UsePostgreSql(schema));
        return await clock.MeasureAsync(count, lasts, (name, instants) =>
            Concurrent.ForAsync(instants.Length, 64, i => host.Client.CreateTaskAsync(EmptyTask.Define($"{name}-{i}", instants[i]))));
    }

    static async Task<Lateness> QuartzAsync(BenchmarkServer server, int count, TimeSpan lasts)
    {
        var clock = new Clocks();
        QuartzPeer.Ran = clock.Ran;
        var scheduler = await new QuartzPeer(await server.SchemaAsync(), QuartzPeer.Tune).OpenAsync();
        await scheduler.Start();
        var lateness = await clock.MeasureAsync(count, lasts, (name, instants) => QuartzPeer.ScheduleAllAsync(scheduler, name, instants));
        await scheduler.Shutdown(true);
        NpgsqlConnection.ClearAllPools();
        return lateness;
    }

    /// <summary>Collects how late each begins.</summary>
    sealed class Clocks
    {
        const int Warming = 2_000;

        ConcurrentBag<TimeSpan> late = [];
        TaskCompletionSource all = new();
        int left;

        public void Ran(DateTimeOffset at)
        {
            late.Add(DateTimeOffset.UtcNow - at);
            if (Interlocked.Decrement(ref left) == 0) all.TrySetResult();
        }

        public async Task<Lateness> MeasureAsync(int count, TimeSpan lasts, Func<string, DateTimeOffset[], Task> make)
        {
            // Those that warm say how long it takes to make the others, all of which are to be there before the first is due.
            var clock = Stopwatch.StartNew();
            var each = TimeSpan.Zero;
            await RunAsync(Warming, TimeSpan.FromSeconds(4), DateTimeOffset.UtcNow, async instants =>
            {
                await make("warm", instants);
                each = clock.Elapsed / Warming;
            });
            await Jit.RestsAsync();
            var first = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(3) + each * count * 2;
            await RunAsync(count, lasts, first, instants => make("task", instants));
            return Lateness.Of(late);
        }

        async Task RunAsync(int count, TimeSpan lasts, DateTimeOffset first, Func<DateTimeOffset[], Task> make)
        {
            (late, all, left) = ([], new(TaskCreationOptions.RunContinuationsAsynchronously), count);
            await make([.. Enumerable.Range(0, count).Select(i => first + i * lasts / count)]);
            if (count > Warming && DateTimeOffset.UtcNow >= first) throw new InvalidOperationException("expected all to be made before the first is due");
            await all.Task;
        }
    }

    static Lateness Tell(string what, Lateness lateness)
    {
        Report.Note($"  {what,-34} {lateness}");
        return lateness;
    }
}
