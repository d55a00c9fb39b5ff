using System.Diagnostics;
using Scheduler.Conformance.Servers;
using Scheduler.Server.Demo;
using Xunit.Abstractions;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>A cluster of one silo, in a process of its own, whose database is stopped for longer than any lease, and comes back.</summary>
public abstract class OutageTests(ITestOutputHelper output)
{
    static readonly DemoShape shape = new(2, 4, 60);

    /// <summary>Longer than the cluster's lease, and than a silo stays that others are better off without.</summary>
    static readonly TimeSpan outage = TimeSpan.FromSeconds(12);

    private protected abstract Task<ClusterDatabase> DatabaseAsync();

    private protected abstract Task StopServerAsync();

    private protected abstract Task StartServerAsync();

    [StoreFact]
    public async Task A_lone_silo_goes_on_by_itself_when_its_database_comes_back()
    {
        var database = await DatabaseAsync();
        await using var tables = await Tables.CreateAsync(shape);
        await using var posts = await Posts.StartAsync();
        posts.Take = TimeSpan.FromMilliseconds(100);
        await using var fleet = new Fleet(database, tables, output.WriteLine);
        var silo = await fleet.StartAsync("alone");
        await fleet.Client.CreateTaskAsync(Polling.Of(tables, posts, pageSize: 1));
        await fleet.Client.CreateTaskAsync(new() { Name = FaultTests.Often, Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "log" } } });
        await Silos.UntilAsync(() => Task.FromResult(posts.Count > 2 * shape.Shards), () => $"rows to be processed, {posts.Count} were: {silo.Process.Output}");

        await StopServerAsync();
        await Task.Delay(outage);
        var (before, back) = (posts.Count, DateTimeOffset.UtcNow);
        var since = Stopwatch.StartNew();
        await StartServerAsync();
        output.WriteLine($"the server took {since.Elapsed.TotalSeconds:0.0} s to start");

        var serves = since.Elapsed;
        await Silos.UntilAsync(() => silo.Process.HasExited ? throw new InvalidOperationException(silo.Process.Output) : Task.FromResult(posts.Count > before + shape.Shards), () => $"rows to be processed again: {silo.Process.Output}");
        var (polls, fires) = (since.Elapsed - serves, TimeSpan.Zero);
        await Silos.UntilAsync(async () => (await database.ReadAsync($"SELECT count(*) FROM schedule_execution WHERE task_name = '{FaultTests.Often}' AND ended_at > {back.ToUnixTimeMilliseconds()}", row => row.GetInt64(0)))[0] > 2,
            () => $"the schedule to be followed again: {silo.Process.Output}");
        fires = since.Elapsed - serves;
        output.WriteLine($"rows were processed again after {polls.TotalSeconds:0.0} s, the schedule was followed after {fires.TotalSeconds:0.0} s");
        if (Environment.GetEnvironmentVariable("SCHEDULER_TEST_LOG") is not null) output.WriteLine(silo.Process.Output);

        // The round under way ends, and another reads all that there is.
        posts.Take = TimeSpan.Zero;
        await tables.StopWritingAsync();
        await fleet.Client.PauseTaskAsync(FaultTests.Often);
        await fleet.Client.UpdateTaskAsync(FaultTests.Orders, Polling.Of(tables, posts, pageSize: 500) with { Schedule = null });
        await FaultTests.NothingIsOpenAsync(database);
        var last = (await fleet.Client.TriggerTaskAsync(FaultTests.Orders)).ExecutionId;
        await FaultTests.NothingIsOpenAsync(database);
        var rounds = await Promises.RoundsAsync(fleet.Client, tables, posts, shape.Shards);
        Assert.Equal(tables.Rows.Count(), rounds[last].Rows);
        Promises.EachTokenServesOneRun(posts);
        await Promises.EachOccurrenceRunsOnceAsync(database);
        output.WriteLine($"{rounds.Count} rounds; {Promises.Repeated(posts)} rows were processed again");
        Promises.NoMoreIsRepeatedThanRunsWereLost(posts, pageSize: 1);
    }
}

[Collection(ProcessTests.Name), NeedsPostgres]
public sealed class PostgreSqlOutageTests(PostgresServer server, ITestOutputHelper output) : OutageTests(output), IClassFixture<PostgresServer>
{
    private protected override async Task<ClusterDatabase> DatabaseAsync() => new("postgresql", await server.SchemaAsync(), server.Port);

    private protected override Task StopServerAsync() => server.StopAsync();

    private protected override Task StartServerAsync() => server.StartAsync();
}

[Collection(ProcessTests.Name), NeedsMariaDb]
public sealed class MariaDbOutageTests(MariaDbServer server, ITestOutputHelper output) : OutageTests(output), IClassFixture<MariaDbServer>
{
    private protected override async Task<ClusterDatabase> DatabaseAsync() => new("mysql", await server.DatabaseAsync(), server.Port);

    private protected override Task StopServerAsync() => server.StopAsync();

    private protected override Task StartServerAsync() => server.StartAsync();
}
