using System.Diagnostics;
using Scheduler.Benchmarks;
using Scheduler.Cluster.Benchmarks.Hosts;
using Scheduler.Cluster.Tests.Processes;
using Scheduler.Server.Demo;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>Three silos in processes of their own poll 4,032 tables, and one of them is killed.</summary>
static class RecoveryBenchmark
{
    static readonly TimeSpan page = TimeSpan.FromMilliseconds(150), goal = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Run run)
    {
        var shape = new DemoShape(run.Quick ? 8 : 64, 63, 6);
        await using var server = await SharedServer.StartAsync(run.Store);
        await using var tables = await Tables.CreateAsync(shape);
        await using var posts = await Posts.StartAsync();
        posts.Take = page; // three silos and their database leave two processors some rest
        await using var fleet = new Fleet(await server.FreshAsync(), tables, line => Report.Note($"  {line}"));
        Report.Note($"recovery on {server}: three silos in processes of their own, {shape.Shards:N0} tables, {page.TotalMilliseconds} ms a page, a writer at work; looked at every 100 ms");
        await fleet.StartAsync("first");
        await fleet.Client.CreateTaskAsync(Polling.Of(tables, posts, pageSize: 1), run.Stop);
        await fleet.StartAsync("second");
        List<double> runs = [], moves = [];
        for (var turn = 1; turn <= (run.Quick ? 1 : 3); turn++)
        {
            var victim = await fleet.StartAsync($"victim {turn}");
            await fleet.SpreadAsync($"{victim.Name} joined").WaitAsync(run.Stop);
            var since = Stopwatch.StartNew();
            await victim.Process.KillAsync();
            var (elsewhere, moved) = await fleet.GoesOnAsync("kill -9", victim, since).WaitAsync(run.Stop);
            runs.Add(elsewhere.TotalSeconds);
            moves.Add(moved.TotalSeconds);
        }
        Report.Figure("recovery_run_elsewhere", runs.Median(), "s, median");
        Report.Figure("recovery_run_elsewhere_worst", runs.Max(), "s");
        Report.Figure("recovery_page_elsewhere", moves.Median(), "s until the last of them had a slot and a page, median");
        Report.Ratio("recovery_within_5_s", goal.TotalSeconds / runs.Max(), 1);
        if (runs.Max() > goal.TotalSeconds) throw new InvalidOperationException($"expected every shard to have a run elsewhere within {goal.TotalSeconds} s, got {runs.Max():0.0} s");
    }
}
