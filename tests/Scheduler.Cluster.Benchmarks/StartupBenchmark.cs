using System.Diagnostics;
using Scheduler.Benchmarks;
using Scheduler.Client;
using Scheduler.Cluster.Benchmarks.Hosts;
using Scheduler.Cluster.Tests.Processes;
using Scheduler.Server.Demo;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Benchmarks;

/// <summary>A program that is started on a database in which a round over 4,032 tables is open: a silo, and the standalone server, in turn.</summary>
static class StartupBenchmark
{
    static readonly TimeSpan page = TimeSpan.FromMilliseconds(150), patience = TimeSpan.FromMinutes(1);

    sealed record Program(string Name, Func<Task<Started>> StartAsync);

    sealed record Started(ServerProcess Process, ISchedulerClient Client, IAsyncDisposable Owner);

    sealed record Seconds(double Answers, double Assigned);

    public static async Task RunAsync(Run run)
    {
        var shape = new DemoShape(run.Quick ? 8 : 64, 63, 6);
        await using var server = await SharedServer.StartAsync(run.Store);
        await using var tables = await Tables.CreateAsync(shape);
        await using var posts = await Posts.StartAsync();
        posts.Take = page;
        var database = await server.FreshAsync();
        var silo = new Program("silo", () => SiloAsync(database, tables));
        Program[] programs = server.IsPostgreSql ? [silo, new("standalone server", () => ServerAsync(database, tables))] : [silo];
        Report.Note($"startup on {server}: the last process was stopped in order, and left a round over {shape.Shards:N0} tables open; processes begin cold");
        await OpenAsync(silo, database, tables, posts, run.Stop);

        var seconds = programs.ToDictionary(program => program, _ => new List<Seconds>());
        for (var turn = 0; turn < (run.Quick ? 1 : 5); turn++)
            foreach (var program in programs) seconds[program].Add(await MeasureAsync(program, database, run.Stop));
        foreach (var (program, all) in seconds)
        {
            var name = program.Name.Replace(' ', '_');
            Report.Figure($"startup_first_answer_{name}", all.ConvertAll(each => each.Answers * 1000).Median(), "ms, median");
            Report.Figure($"startup_all_shards_{name}", all.ConvertAll(each => each.Assigned * 1000).Median(), "ms, median");
        }
    }

    /// <summary>Has a round begun, and stops in the middle of it.</summary>
    static async Task OpenAsync(Program program, ClusterDatabase database, Tables tables, Posts posts, CancellationToken stop)
    {
        var started = await program.StartAsync();
        await using var owner = started.Owner;
        await started.Client.CreateTaskAsync(Polling.Of(tables, posts, pageSize: 1), stop);
        await UntilAsync(async () => (await RunningAsync(database)).Count == tables.Count, "a round that has begun", stop);
        await StopAsync(started);
    }

    static async Task<Seconds> MeasureAsync(Program program, ClusterDatabase database, CancellationToken stop)
    {
        var before = await RunningAsync(database);
        if (before.Count == 0) throw new InvalidOperationException("expected shards that were under way");
        var since = Stopwatch.StartNew();
        var started = await program.StartAsync();
        await using var owner = started.Owner;
        var answers = since.Elapsed.TotalSeconds;
        await UntilAsync(async () =>
        {
            foreach (var shard in await database.ShardsAsync())
                if (before.TryGetValue(shard.Name, out var token) && shard.Token > token) before.Remove(shard.Name);
            return before.Count == 0;
        }, $"every shard to have a run in the {program.Name}", stop);
        var assigned = since.Elapsed.TotalSeconds;
        Report.Note($"  {program.Name,-18} first answer after {answers * 1000,6:N0} ms, every shard has a run after {assigned * 1000,6:N0} ms");
        await StopAsync(started);
        return new(answers, assigned);
    }

    static async Task StopAsync(Started started)
    {
        started.Process.Terminate();
        if (await started.Process.ExitCodeAsync() is not 0 and var code) throw new InvalidOperationException($"expected a process that ends with 0, it ended with {code}: {started.Process.Output}");
    }

    /// <summary>The shards that have a run, and its token.</summary>
    static async Task<Dictionary<string, long>> RunningAsync(ClusterDatabase database) =>
        (await database.ShardsAsync()).Where(shard => shard.Status == ShardStatus.Running).ToDictionary(shard => shard.Name, shard => shard.Token);

    static async Task<Started> SiloAsync(ClusterDatabase database, Tables tables)
    {
        var silo = await SiloProcess.StartAsync("silo", database.Dialect, database.ConnectionString, tables.Settings);
        return new(silo.Process, silo.Client, silo);
    }

    static async Task<Started> ServerAsync(ClusterDatabase database, Tables tables)
    {
        var process = ServerProcess.ServeShared(database.ConnectionString, [($"Scheduler__Secrets__{Posts.Secret}", "server"), ("Scheduler__Outbound__AllowLoopback", "true"), .. tables.Settings.Select(each => ($"Scheduler__{each.Name}", each.Value))]);
        try
        {
            using var api = await process.ListensAsync();
            var http = new HttpClient { BaseAddress = new(api.BaseAddress!.GetLeftPart(UriPartial.Authority) + "/") };
            await Eventually.GetAsync("a server that serves", async () => (await http.GetAsync("healthz/ready")).IsSuccessStatusCode ? "it does" : null, () => process.Output);
            return new(process, new HttpSchedulerClient(http), process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    static async Task UntilAsync(Func<Task<bool>> isSo, string what, CancellationToken stop)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(20, stop))
            if (waited.Elapsed > patience) throw new TimeoutException($"expected {what} within {patience.TotalSeconds} s");
    }
}
